"""Completeness of a media file: whether the parts whose sizes its container states are all there.

An interrupted copy, download or recording is played as far as it goes. MPEG streams, raw AAC and WebM that
was written live state nothing, and of them nothing can be told.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

# A file that ends in so many zeros or more was made as long as it should become, and perhaps never filled.
_UNFILLED = 1 << 12
_BLOCK = 1 << 20
_UNKNOWN = 0x7F00_0000  # sizes of this and more were written by a program that did not know
_MOST_PARTS = 1_000_000
_LARGEST_PAGE = 27 + 255 + 255 * 255  # of Ogg
_MATROSKA = b"\x1a\x45\xdf\xa3"


class Lack(NamedTuple):
    """What is missing of a file: certain, unless its end is there but full of zeros, which may be silence.

    seconds: what the file states that it holds; 0 where the container's own reader has to say, None where
    nothing does.
    """

    certain: bool
    seconds: float | None


class _Part(NamedTuple):
    """A part of a file: its name, and its size in bytes with its head; None where it goes on to the end."""

    name: bytes
    size: int | None


def lack_of(path: Path) -> Lack | None:
    """What a file lacks of that which it states; None where nothing is known to be missing."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size == 0:
            return None
        certain = _lacks(file, size)
        filled = size if certain else _filled(file, size)
        if not certain and (filled == size or not _lacks(file, filled)):
            return None
        ogg = _at(file, 0, 4) == b"OggS"
        return Lack(certain or ogg, _stated(file))


def is_fragmented(path: Path) -> bool:
    """True for an MP4 that was written piece by piece, so that a crash leaves what was recorded before."""
    with path.open("rb") as file:
        return _has_fragments(file)


def _has_fragments(file: BinaryIO) -> bool:
    form = _FORMS[_BOXES]
    return form.known(_at(file, 0, 64)) and any(name == b"moof" for name, _ in _parts(file, form))


def _filled(file: BinaryIO, size: int) -> int:
    """Bytes of a file without the zeros at its end, where these are many."""
    end = size
    while end > 0:
        start = max(0, end - _BLOCK)
        content = _at(file, start, end - start).rstrip(b"\0")
        if content:
            last = start + len(content)
            return last if size - last >= _UNFILLED else size
        end = start
    return size


def _stated(file: BinaryIO) -> float | None:
    """Seconds that a header states, see `Lack`."""
    head = _at(file, 0, 64)
    if (sound := _mp3_sound(file)) is not None:
        return sound[1]
    if head[8:12] == b"AVI " and head[24:28] == b"avih":
        # FFmpeg makes it shorter by what is missing.
        frame, count = (int.from_bytes(head[place : place + 4], "little") for place in (32, 48))
        return frame * count / 1e6
    if head[:4] == _MATROSKA or head[:3] == b"FLV":
        return 0.0
    return 0.0 if _FORMS[_BOXES].known(head) and not _has_fragments(file) else None


def _lacks(file: BinaryIO, length: int) -> bool:
    """True where a part that is stated lies beyond the length, bytes."""
    head = _at(file, 0, 64)
    if head[:4] == b"OggS":
        return _ogg_lacks(file, length)
    if head[:4] == _MATROSKA:
        return _matroska_lacks(head, length)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _gif_lacks(file, length)
    if (sound := _mp3_sound(file)) is not None:
        return sound[0] > length
    for form in _FORMS:
        if form.known(head):
            return any(
                end > length for name, end in _parts(file, form) if not form.needed or name in form.needed
            )
    return False


class _Form(NamedTuple):
    """A container that is a row of parts.

    known: whether the file's head is that of one. start: where the parts begin. head, least: bytes of the
    longest and of the shortest head of a part. needed: the parts that matter; none named, all of them.
    """

    known: Callable[[bytes], bool]
    start: int
    head: int
    least: int
    part: Callable[[bytes], _Part]
    needed: frozenset[bytes] = frozenset()


def _parts(file: BinaryIO, form: _Form) -> Iterator[tuple[bytes, int]]:
    """Name and end, bytes, of each part, as far as the file goes."""
    place = form.start
    for _ in range(_MOST_PARTS):
        about = _at(file, place, form.head)
        if len(about) < form.least:
            return
        name, size = form.part(about)
        if size is None or size < form.least:
            return
        place += size
        yield name, place


def _number(content: bytes) -> int:
    return int.from_bytes(content, "big")


def _riff(head: bytes) -> _Part:
    size = int.from_bytes(head[4:8], "little")
    # Without the 8 bytes of its head, which some programs count and others do not.
    return _Part(head[:4], size if head[:4] == b"RIFF" and 0 < size < _UNKNOWN else None)


def _box(head: bytes) -> _Part:
    size = _number(head[:4])
    return _Part(head[4:8], _number(head[8:16]) if size == 1 else size or None)


def _asf(head: bytes) -> _Part:
    return _Part(head[:16], int.from_bytes(head[16:24], "little") or None)


def _caf(head: bytes) -> _Part:
    size = int.from_bytes(head[4:12], "big", signed=True)
    return _Part(head[:4], None if size < 0 else size + 12)


def _form(head: bytes) -> _Part:
    return _Part(head[:4], _number(head[4:]) if head[:4] == b"FORM" else None)


def _png(head: bytes) -> _Part:
    return _Part(head[4:], None if head[4:] == b"IEND" else _number(head[:4]) + 12)


def _au(head: bytes) -> _Part:
    size = _number(head[8:12])
    return _Part(head[:4], None if size >= _UNKNOWN else _number(head[4:8]) + size)


_BOXES = 0
_FORMS = (
    # Cameras put notes of their own behind the boxes, whose sizes mean nothing here.
    _Form(
        lambda head: head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"),
        *(0, 16, 8, _box),
        frozenset((b"moov", b"moof", b"mdat")),
    ),
    _Form(lambda head: head[:4] == b"RIFF" and head[8:12] in (b"AVI ", b"WEBP"), 0, 8, 8, _riff),
    _Form(lambda head: head[:4] == b"\x89PNG", 8, 8, 8, _png),
    _Form(lambda head: head[:4] == b"\x30\x26\xb2\x75", 0, 24, 24, _asf),
    _Form(lambda head: head[:4] == b"caff", 8, 12, 12, _caf),
    _Form(lambda head: head[:4] == b"FORM", 0, 8, 8, _form),
    _Form(lambda head: head[:4] == b".snd", 0, 12, 12, _au),
    # Before each tag of FLV stands the size of the one before.
    _Form(lambda head: head[:3] == b"FLV", 9, 15, 15, lambda head: _Part(head[4:5], _number(head[5:8]) + 15)),
)


def _matroska_lacks(head: bytes, length: int) -> bool:
    """The segment states its size; all ones where it was written live."""
    place = head.find(b"\x18\x53\x80\x67") + 4
    if place < 4 or place >= len(head) or not head[place]:
        return False
    count = 9 - head[place].bit_length()
    size = _number(head[place : place + count]) & (1 << 7 * count) - 1
    return size != (1 << 7 * count) - 1 and place + count + size > length


def _ogg_lacks(file: BinaryIO, length: int) -> bool:
    """The last page has to be whole; of pages after it nothing is known."""
    start = max(0, length - _LARGEST_PAGE)
    content = _at(file, start, length - start)
    last = content.rfind(b"OggS")
    if last < 0:
        return True
    laces = content[last + 27 : last + 27 + content[last + 26]] if last + 26 < len(content) else b""
    whole = last + 26 < len(content) and len(laces) == content[last + 26]
    return not whole or last + 27 + len(laces) + sum(laces) > len(content)


def _gif_lacks(file: BinaryIO, length: int) -> bool:
    """A GIF ends with a byte of its own, which no block holds."""

    def colours(flags: int) -> int:
        return 3 << (flags & 7) + 1 if flags & 0x80 else 0

    def after_blocks(place: int) -> int:
        while place < length and (size := (_at(file, place, 1) or b"\0")[0]):
            place += 1 + size
        return place + 1

    place = 13 + colours((_at(file, 10, 1) or b"\0")[0])
    while place < length:
        kind = _at(file, place, 10)
        if kind[:1] == b"!":
            place = after_blocks(place + 2)
        elif kind[:1] == b"," and len(kind) == 10:
            place = after_blocks(place + 11 + colours(kind[9]))
        else:
            return kind[:1] == b","
    return place > length  # some programs leave the last byte out


def _mp3_sound(file: BinaryIO) -> tuple[int, float] | None:
    """(end of the sound, bytes; its seconds) that the first frame of an MP3 states, if it does."""
    head = _at(file, 0, 10)
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:
        start = 10 + sum(
            (byte & 0x7F) << 7 * shift for byte, shift in zip(head[6:], (3, 2, 1, 0), strict=True)
        )
    frame = _at(file, start, 64)
    if len(frame) < 64 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:
        return None
    first, mono = frame[1] & 0x18 == 0x18, frame[3] & 0xC0 == 0xC0
    about = 4 + ((17 if mono else 32) if first else (9 if mono else 17))
    rates = {0x18: (44100, 48000, 32000), 0x10: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
    rate = (*rates.get(frame[1] & 0x18, ()), 0, 0, 0)[frame[2] >> 2 & 3]
    flags = _number(frame[about + 4 : about + 8])
    if frame[about : about + 4] not in (b"Xing", b"Info") or flags & 3 != 3 or not rate:
        return None
    frames, size = (_number(frame[about + 8 + shift : about + 12 + shift]) for shift in (0, 4))
    return start + size, frames * (1152 if first else 576) / rate


def _at(file: BinaryIO, place: int, size: int) -> bytes:
    """Nothing beyond the end: a box may state a place that no file system goes to."""
    if place >= os.fstat(file.fileno()).st_size:
        return b""
    file.seek(place)
    return file.read(max(size, 0))
