"""Input files checked, output files written under a temporary name and put in place when complete."""

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import InputError, explain

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be removed
    fcntl = None  # type: ignore[assignment]

VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg")
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif")
SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".g722", ".gsm", ".aac")
_LEFTOVER = re.compile(r"\..+\.(\d+)\.part(\.[^.]*)?")
_LOCK = ".lock"
_cleared: set[Path] = set()


def input_file(path: str | os.PathLike[str], what: str = "file") -> Path:
    """The path of a readable file that is not empty; `what` names it in the InputError otherwise."""
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; name one {what}")
        if not path.exists():
            raise InputError(f"{what} not found: {path}; check the path")
        if not path.is_file():  # a pipe can be read once, and a sound is read twice
            raise InputError(f"{path} is a pipe or a device, not a {what}; save it as a file first")
        with path.open("rb") as file:
            if not file.read(1):
                raise InputError(f"{path} is empty; name another {what}")
    except OSError as error:
        raise explain(error, path) or InputError(f"cannot read {path}: {error.strerror}") from None
    return path


def check_not_input(output: str | os.PathLike[str], *inputs: str | os.PathLike[str] | None) -> None:
    """Raises InputError where an output is one of the files that are read."""
    place = os.path.realpath(output)
    if place in (os.path.realpath(file) for file in inputs if file and os.path.isfile(file)):
        raise InputError(f"{output} is the input itself; choose another output")


def digest_of(path: Path) -> str:
    """SHA-256 of a file of any size, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def files_in(places: Iterable[Path], suffixes: tuple[str, ...], what: str) -> list[Path]:
    """Files of a kind, sorted: those named, and all below the folders named that are not hidden.

    Raises InputError where a place is not there, or there is no such file; `what` names them in the plural.
    """
    found: list[Path] = []
    for place in places:
        if not place.exists():
            raise InputError(f"not found: {place}; check the path")
        below = [place] if place.is_file() else [f for f in sorted(place.rglob("*")) if not _hidden(f, place)]
        found += [file for file in below if file.suffix.lower() in suffixes]
    if not found:
        named = ", ".join(map(str, places))
        raise InputError(f"no {what} in {named} ({', '.join(suffixes)}); give some, or a folder of them")
    return found


def _hidden(file: Path, place: Path) -> bool:
    """Thumbnails, files to come, and the ._ companions that macOS writes beside each file on other disks."""
    return any(part[0] == "." or part == "__MACOSX" for part in file.relative_to(place).parts)


def by_stem(files: Iterable[Path]) -> dict[str, Path]:
    """Name without folder and suffix → file. Raises InputError where two have the same."""
    found: dict[str, Path] = {}
    for file in files:
        if found.setdefault(file.stem, file) != file:
            raise InputError(f"two files are named {file.stem}; rename one")
    return found


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; move it to `path` at the end, to its target where it is a link.

    On any exception, Ctrl-C included, the temporary file goes, with the folders made for it; an older file
    at `path` stays as it was. What killed processes left in the folder is cleared away. Raises InputError
    where the folder cannot be written or the disk is full.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; name an output file")
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is a pipe or a device; name a file")
    if path.exists() and not os.access(path, os.W_OK):
        raise InputError(f"{path} is write-protected; name another output")
    made = _make_folder(path.parent)
    clear_leftovers(path.parent)
    temporary = path.with_name(f".{shortened(path.stem)}.{os.getpid()}.part{path.suffix}")
    try:
        with _created(temporary, path):
            yield temporary
            os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError) and (
            explained := explain(error, path_at_fault(error, temporary, path))
        ):
            raise explained from None
        raise


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """A text file in UTF-8, complete or not at all. Raises what `atomic_path` raises."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def shortened(name: str) -> str:
    """The start of a name, at most 100 bytes long: file systems count these, not letters."""
    return name.encode(errors="surrogateescape")[:100].decode(errors="ignore")


def path_at_fault(error: OSError, temporary: Path, path: Path) -> str | os.PathLike[str]:
    """The file that an error is about: the output itself unless it names another one."""
    named = str(error.filename or "").removeprefix("file:")
    return path if named in ("", str(temporary)) else named


@contextmanager
def _created(temporary: Path, path: Path) -> Iterator[None]:
    """The temporary file, empty and locked for as long as it is in use."""
    try:
        file = temporary.open("wb")
    except OSError as error:
        raise explain(error, path) or InputError(f"cannot write {path}: {error.strerror}") from None
    with file:
        _lock(file)
        if os.name == "nt":  # which moves no open file
            file.close()
        yield


def lock_folder(folder: Path) -> BinaryIO:
    """Mark a temporary folder as in use for as long as the file that is returned is open."""
    file = (folder / _LOCK).open("wb")
    _lock(file)
    return file


def clear_leftovers(folder: Path) -> None:
    """Remove temporary files of `atomic_path`, and folders of `lock_folder`, whose process was killed.

    A folder is looked through once.
    """
    if folder in _cleared:
        return
    _cleared.add(folder)
    with suppress(OSError):
        for entry in os.scandir(folder):
            match = _LEFTOVER.fullmatch(entry.name)
            if not match or entry.is_symlink() or _is_alive(int(match[1])):
                continue
            whole = Path(entry.path)
            held = whole / _LOCK if entry.is_dir() else whole
            with suppress(OSError):
                with held.open("rb+") as file:
                    free = _lock(file)
                if free:
                    held.unlink()  # Windows refuses where it is open elsewhere
                    shutil.rmtree(whole, ignore_errors=True)


def _lock(file: BinaryIO) -> bool:
    """False where another process, here or on another machine, holds the file."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # A file system without locks: the number of the process has to do.
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True


def _is_alive(process: int) -> bool:
    if os.name == "nt":  # where a signal 0 would end it
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and its parents; the list of those that were made, innermost first."""
    missing: list[Path] = []
    try:
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        for made in missing:
            with suppress(OSError):
                made.rmdir()
        raise explain(error, folder) or InputError(f"cannot make {folder}: {error.strerror}") from None
    return missing
