"""Commands of scripts/evaluate.py, one module each, found by file name."""

import ast
from importlib import import_module
from pathlib import Path
from types import ModuleType


def names() -> list[str]:
    """All commands, in alphabetical order; underscores of the file name become hyphens."""
    files = Path(__file__).parent.glob("[!_]*.py")
    return sorted(path.stem.replace("_", "-") for path in files)


def help_of(name: str) -> str:
    """HELP of a command, read without importing it, which takes seconds."""
    path = Path(__file__).with_name(f"{name.replace('-', '_')}.py")
    assigned = (node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.Assign))
    return next(ast.literal_eval(node.value) for node in assigned if ast.unparse(node.targets[0]) == "HELP")


def load(name: str) -> ModuleType:
    """The module of a command that `names` lists."""
    return import_module(f"{__name__}.{name.replace('-', '_')}")
