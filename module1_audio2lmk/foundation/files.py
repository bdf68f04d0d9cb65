"""Input files checked, output files written under a temporary name and put in place when complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import InputError, explain


def input_file(path: str | os.PathLike[str], what: str = "file") -> Path:
    """The path of a readable file that is not empty; `what` names it in the InputError otherwise."""
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; name one {what}")
        if not path.exists():
            raise InputError(f"{what} not found: {path}; check the path")
        with path.open("rb") as file:
            if not file.read(1):
                raise InputError(f"{path} is empty; name another {what}")
    except OSError as error:
        raise explain(error, path) or InputError(f"cannot read {path}: {error.strerror}") from None
    return path


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; move it to `path` at the end.

    On any exception, Ctrl-C included, the temporary file goes, with the folders made for it; an older file
    at `path` stays as it was. Raises InputError where the folder cannot be written or the disk is full.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; name an output file")
    made = _make_folder(path.parent)
    temporary = path.with_name(f".{path.stem[:100]}.{os.getpid()}.part{path.suffix}")
    try:
        _create(temporary, path)
        yield temporary
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError) and (explained := explain(error, path)):
            raise explained from None
        raise


def _create(temporary: Path, path: Path) -> None:
    try:
        temporary.open("wb").close()
    except OSError as error:
        raise explain(error, path) or InputError(f"cannot write {path}: {error.strerror}") from None


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and its parents; the list of those that were made, innermost first."""
    try:
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain(error, folder) or InputError(f"cannot make {folder}: {error.strerror}") from None
    return missing
