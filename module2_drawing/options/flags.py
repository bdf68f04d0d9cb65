"""Flags: options as rows of a table, of commands, models, data sets and losses alike."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple


class Flag(NamedTuple):
    """An option, `--name`; its default tells the type, and one that is False takes no value.

    published: its name there, if another. kind: makes a value of its text, if not the default's type does.
    many: how many values it takes.
    """

    name: str
    default: Any
    help: str
    choices: Sequence[Any] | None = None
    published: str | None = None
    kind: Callable[[str], Any] | None = None
    many: int | None = None


def add_flags(place: Any, flags: Iterable[Flag]) -> None:
    """Add flags to a parser, or to a group of one."""
    for flag in flags:
        names = [f"--{name}" for name in (flag.name, flag.published) if name]
        if flag.default is False:
            place.add_argument(*names, dest=flag.name, action="store_true", help=flag.help)
            continue
        kind = flag.kind or type(flag.default)
        settings = {"type": kind, "default": flag.default, "choices": flag.choices, "nargs": flag.many}
        place.add_argument(*names, dest=flag.name, help=flag.help, **settings)
