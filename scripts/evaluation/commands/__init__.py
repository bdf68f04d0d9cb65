"""The commands of scripts/evaluate.py, one module each, found by file name."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType


def names() -> list[str]:
    """All commands, in alphabetical order; underscores of the file name become hyphens."""
    files = Path(__file__).parent.glob("[!_]*.py")
    return sorted(path.stem.replace("_", "-") for path in files)


def load(name: str) -> ModuleType:
    """The module of a command that `names` lists."""
    return import_module(f"{__name__}.{name.replace('-', '_')}")
