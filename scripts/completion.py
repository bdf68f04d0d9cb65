"""Completion of the command's options and files in a shell: animate-portrait completion bash|zsh|tcsh."""

import argparse

import main_end2end
from module1_audio2lmk.foundation.errors import InputError

SHELLS = ("bash", "zsh", "tcsh")
_INSTALL = """in bash:  animate-portrait completion bash > ~/.animate-portrait.sh  # source it in ~/.bashrc
in zsh:   animate-portrait completion zsh > a folder of $fpath, as _animate-portrait"""


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="animate-portrait completion",
        description="Prints a script that completes the options of animate-portrait.",
        epilog=_INSTALL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell that is used")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    print(script(parse_arguments(arguments).shell))


def script(shell: str) -> str:
    """The script for a shell. Raises InputError where shtab is not installed."""
    try:
        import shtab
    except ImportError:
        raise InputError("completion needs shtab; install it with: pip install shtab") from None
    parser = argparse.ArgumentParser(prog="animate-portrait")
    main_end2end.parse_arguments(["--jpg=photo", "--audio=speech"], parser)
    for action in parser._actions:
        if isinstance(action.metavar, str) and action.metavar.startswith(("FILE", "PHOTO", "SPEECH", "CLIP")):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    commands = parser.add_subparsers()
    for name, (_, purpose) in main_end2end.SUBCOMMANDS.items():
        command = commands.add_parser(name, help=purpose)
        command.add_argument("file", nargs="*").complete = shtab.FILE  # type: ignore[attr-defined]
    return shtab.complete(parser, shell=shell)
