"""Walls between the rooms: who imports from whom."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPEECH = "module1_audio2lmk"


def imported(file: Path) -> set[str]:
    """Full names of the project's modules that a file imports, wherever in it."""
    package = list(file.relative_to(ROOT).parts[:-1])
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join(base + ([node.module] if node.module else []))
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] in (SPEECH, "module2_drawing", "scripts")}


def strangers(folder: str, *allowed: str) -> list[str]:
    """Imports of a folder's files that are of none of the ``allowed`` packages."""
    files = list((ROOT / folder).rglob("*.py"))
    assert files
    return [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        for name in sorted(imported(file))
        if not any(name == one or name.startswith(one + ".") for one in allowed)
    ]


def circle() -> list[str]:
    """Modules that import each other in a circle, wherever in their files; none: an empty list."""
    files = [file for top in (SPEECH, "module2_drawing", "scripts") for file in (ROOT / top).rglob("*.py")]
    modules = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in files}
    order = TopologicalSorter[str]()
    for module, file in modules.items():
        # A name is a module's own or one of its module's; a package's `__init__` takes from its parts alone.
        needed = {name if name in modules else name.rpartition(".")[0] for name in imported(file)}
        order.add(module, *(needed & modules.keys()))
    try:
        order.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert not circle()


def test_a_circle_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / SPEECH).mkdir()
    (tmp_path / SPEECH / "one.py").write_text("from .two import late\n")
    (tmp_path / SPEECH / "two.py").write_text("def late():\n    from .one import early\n    return early\n")
    assert {f"{SPEECH}.one", f"{SPEECH}.two"} == set(circle())


def test_the_drawing_module_takes_from_the_speech_module_its_foundation_alone() -> None:
    assert not strangers("module2_drawing", "module2_drawing", f"{SPEECH}.foundation")


def test_the_foundation_stands_on_nothing() -> None:
    assert not strangers(f"{SPEECH}/foundation", f"{SPEECH}.foundation")


@pytest.mark.parametrize("room", ["audio", "motion", "networks", "published"])
def test_what_runs_needs_nothing_that_trains(room: str) -> None:
    rooms = ("foundation", "audio", "motion", "networks", "published")
    assert not strangers(f"{SPEECH}/{room}", *(f"{SPEECH}.{one}" for one in rooms))


def test_an_import_over_a_wall_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    room = tmp_path / SPEECH / "audio"
    room.mkdir(parents=True)
    (room / "one.py").write_text("def late():\n    from ..training.clips import Clip\n    return Clip\n")
    assert strangers(f"{SPEECH}/audio", f"{SPEECH}.audio") == [
        f"{SPEECH}/audio/one.py: {SPEECH}.training.clips.Clip"
    ]
