"""Walls between the rooms: who imports from whom."""

import ast
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
