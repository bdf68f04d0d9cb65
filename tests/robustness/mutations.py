"""Mutations of a file's bytes: what broken downloads, other programs and hostile hands do to it."""

import io
import struct
import zipfile
from collections.abc import Callable

import numpy as np

Mutation = Callable[[bytes, np.random.Generator], bytes]
# Numbers that overflow, are no numbers, or ask for more than there is.
_NUMBERS = [
    b"-1",
    b"0",
    b"1e999",
    b"nan",
    b"Infinity",
    b"9" * 400,
    b"99999999999",
    b"1e-320",
    b'"x"',
    b"null",
    b"[]",
]
_WORDS = [struct.pack("<I", v) for v in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF)] + [struct.pack(">I", 0xFFFFFFF0)]
_WORDS += [struct.pack("<f", v) for v in (np.nan, np.inf, 1e30)] + [b"\xff" * 8, b"\0" * 8]


def _cut(content: bytes, random: np.random.Generator) -> bytes:
    return content[: int(random.integers(0, len(content)))]


def _flip(content: bytes, random: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for place in random.integers(0, len(content), int(random.integers(1, 9))):
        changed[place] ^= 1 << int(random.integers(8))
    return bytes(changed)


def _flip_in_header(content: bytes, random: np.random.Generator) -> bytes:
    end = min(len(content), int(random.choice([32, 128, 512])))
    return _flip(content[:end], random) + content[end:]


def _word(content: bytes, random: np.random.Generator) -> bytes:
    place, word = int(random.integers(0, len(content))), _WORDS[int(random.integers(len(_WORDS)))]
    return content[:place] + word + content[place + len(word) :]


def _number(content: bytes, random: np.random.Generator) -> bytes:
    """A number in a text is another one."""
    places = [k for k, byte in enumerate(content) if 48 <= byte <= 57]
    if not places:
        return _word(content, random)
    place = int(random.choice(places))
    return content[:place] + _NUMBERS[int(random.integers(len(_NUMBERS)))] + content[place + 1 :]


def _removed(content: bytes, random: np.random.Generator) -> bytes:
    start, end = sorted(random.integers(0, len(content) + 1, 2))
    return content[: int(start)] + content[int(end) :]


def _repeated(content: bytes, random: np.random.Generator) -> bytes:
    start = int(random.integers(0, len(content)))
    piece = content[start : start + int(random.integers(1, 200))]
    return content[:start] + piece * int(random.integers(2, 50)) + content[start:]


def _noise(content: bytes, random: np.random.Generator) -> bytes:
    start = int(random.integers(0, len(content)))
    return content[:start] + random.bytes(int(random.integers(1, 300))) + content[start + 100 :]


def _nested(content: bytes, random: np.random.Generator) -> bytes:
    opening = [b"[", b'{"a":', b"("][int(random.integers(3))]
    place = int(random.integers(0, len(content)))
    return content[:place] + opening * 20_000 + content[place:]


def _member(content: bytes, random: np.random.Generator) -> bytes:
    """A member of an archive is mutated, missing, stored otherwise or asks for a huge array."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return _flip(content, random)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w") as target:
        names = source.namelist()
        chosen = names[int(random.integers(len(names)))]
        for name in names:
            inside = source.read(name)
            if name == chosen:
                kind = int(random.integers(4))
                if kind == 0:
                    continue
                inside = [
                    inside,
                    _huge(inside, random),
                    _flip_in_header(inside, random),
                    _number(inside, random),
                ][kind]
            target.writestr(
                name, inside, zipfile.ZIP_BZIP2 if random.random() < 0.2 else zipfile.ZIP_DEFLATED
            )
    return made.getvalue()


def _huge(content: bytes, random: np.random.Generator) -> bytes:
    """An .npy header with another shape or type."""
    shape = [b"(30000000000, 68, 2)", b"(-1, 68, 2)", b"(9, 68, 2, 1)", b"()", b"(2147483648,)"][
        int(random.integers(5))
    ]
    kind = [b"<f8", b"|O", b"<c16", b"<M8[s]", b"|b1", b"<U9", b">i2"][int(random.integers(7))]
    text = b"{'descr': '" + kind + b"', 'fortran_order': False, 'shape': " + shape + b", }"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.ljust(117) + b"\n" + content[128:]


MUTATIONS: list[Mutation] = [
    _cut,
    _flip,
    _flip_in_header,
    _word,
    _number,
    _removed,
    _repeated,
    _noise,
    _nested,
    _member,
]
