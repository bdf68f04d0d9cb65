"""RIFF files (WAV): what their header says of the samples, where FFmpeg takes it for something else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

# A header that promises this many bytes or more was written by a program that piped and did not know.
_UNKNOWN_BYTES = 0x7F00_0000
_EXTENSIBLE = 0xFFFE  # format whose number is in its subformat


def share_there(path: Path) -> float:
    """Which part of the sound that the header states is there; 1 where it does not know."""
    stated = 0
    for name, size, place in _chunks(path):
        if name == b"ds64":  # the sizes that do not fit in 32 bits
            stated = int.from_bytes(_part(path, place + 8, 8), "little")
        if name == b"data":
            size = stated if size >= _UNKNOWN_BYTES and stated else size
            there = path.stat().st_size - place
            known = size < _UNKNOWN_BYTES or stated or _is_w64(path)
            return there / size if there < size and known else 1.0
    return 1.0


def codec_of(path: Path, found: str) -> str:
    """The name of the codec of a file's samples, where FFmpeg `found` another one.

    It takes the numbers of RIFX, in which all are big-endian, for little-endian ones, and those of 24 bits
    in the place of 32 for floats of an old program, whose header is not the extensible one.
    """
    if not found.startswith("pcm_"):
        return found
    if _byte_order(path) == "big":
        return f"{found.removesuffix('le')}be" if found.endswith("le") else found
    if found == "pcm_f24le" and _format(path) == _EXTENSIBLE:
        return "pcm_s32le"
    return found


def _part(path: Path, place: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(place)
        return file.read(size)


def _byte_order(path: Path) -> Literal["little", "big"]:
    return "big" if _part(path, 0, 4) == b"RIFX" else "little"


def _is_w64(path: Path) -> bool:
    """Sony's Wave64: names of 16 bytes, which begin as those of RIFF do, and sizes of 8, with those 24."""
    return _part(path, 0, 4) == b"riff"


def _format(path: Path) -> int:
    places = (place for name, _, place in _chunks(path) if name == b"fmt ")
    place = next(places, None)
    return 0 if place is None else int.from_bytes(_part(path, place, 2), _byte_order(path))


def _chunks(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """(name, size and place of its content) of each chunk, as far as the file goes."""
    order, w64 = _byte_order(path), _is_w64(path)
    place, head, aligned = (40, 24, 8) if w64 else (12, 8, 2)
    length = path.stat().st_size
    with path.open("rb") as file:
        file.seek(place)
        # What has no name is none, or a long file of zeros would be millions of them.
        while len(about := file.read(head)) == head and about[:4].isascii() and about[0]:
            size = int.from_bytes(about[16:] if w64 else about[4:], order) - (head if w64 else 0)
            yield about[:4], size, place + head
            place += head + max(size, 0) + -max(size, 0) % aligned
            file.seek(min(place, length))
