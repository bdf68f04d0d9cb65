"""Data files → arrays, JSON, text and numbers, each checked before anything large is allocated.

Whatever the bytes are, a reader returns what it promises or raises InputError; nothing in a file is executed.
"""

import csv
import io
import json
import lzma
import math
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from .errors import InputError
from .files import atomic_path, input_file

#: Largest array that is read: an hour of landmark frames at 62.5 Hz has 180 MiB, of sound at 16 kHz 220 MiB.
MAX_ARRAY_BYTES = 1 << 30
MAX_TEXT_BYTES = 64 << 20
#: What the parsers of zip, npy, JSON and torch files raise on bytes that are not theirs.
UNREADABLE = (
    ValueError,
    LookupError,
    AttributeError,
    EOFError,
    OSError,
    TypeError,
    SyntaxError,
    RuntimeError,
    ArithmeticError,
    MemoryError,
    AssertionError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    tokenize.TokenError,
    struct.error,
)


@dataclass(frozen=True)
class Expected:
    """What an array has to be.

    shape: sizes; a letter stands for any size from `least` on, the same letter for the same size throughout
    the file. kinds: of the dtype, as in numpy. largest: absolute value; numbers have to be finite.
    spread: of landmarks (..., points, axes), see `spread_out`; 0 for other arrays.
    """

    shape: tuple[int | str, ...]
    kinds: str = "fiu"
    largest: float = 1e6
    least: int = 1
    optional: bool = False
    spread: float = 0.0


def spread_out(points: np.ndarray, least: float) -> bool:
    """Whether landmarks (..., points, axes) reach over more than `least` in x and in y, in every frame.

    Trackers write points in one place, or on a line, for a face that they lost.
    """
    return bool((np.ptp(points[..., :2].astype(np.float64), axis=-2) > least).all())


def read_arrays(
    path: str | os.PathLike[str], expected: Mapping[str, Expected], what: str, advice: str
) -> dict[str, np.ndarray]:
    """Arrays of an .npz archive by name; optional ones may be missing, others are left aside.

    what, advice: for the InputError, raised where the file is missing, damaged or holds something else.
    """
    path = input_file(path, what)
    sizes: dict[str, int] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            arrays = {}
            for name, one in expected.items():
                if f"{name}.npy" in members:
                    with archive.open(f"{name}.npy") as file:
                        arrays[name] = _array(file, name, one, sizes)
                elif not one.optional:
                    raise ValueError(f"it has no {name}")
            return arrays
    except UNREADABLE as error:
        raise _refusal(path, what, error, advice) from None


def read_array(path: str | os.PathLike[str], expected: Expected, what: str, advice: str) -> np.ndarray:
    """The array of an .npy file. Raises what `read_arrays` raises."""
    path = input_file(path, what)
    try:
        with path.open("rb") as file:
            return _array(file, "the array", expected, {})
    except UNREADABLE as error:
        raise _refusal(path, what, error, advice) from None


def read_text(path: str | os.PathLike[str], what: str, advice: str = "write it again in UTF-8") -> str:
    """A text file in UTF-8, with or without byte order mark. InputError where it is none, or over 64 MiB."""
    path = input_file(path, what)
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise ValueError(f"it has over {MAX_TEXT_BYTES >> 20} MiB")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is no {what}: it is no text in UTF-8; {advice}") from None
    except (ValueError, OSError) as error:
        raise _refusal(path, what, error, advice) from None


def read_lines(path: str | os.PathLike[str], what: str) -> list[str]:
    """The lines of a text file without those that are empty, stripped. Raises what `read_text` raises."""
    return [line.strip() for line in read_text(path, what).splitlines() if line.strip()]


def names_of(text: str) -> list[str]:
    """Names of an option: "a,b", or "@FILE" with one a line. Raises what `read_text` raises."""
    names = read_lines(text[1:], "list of names") if text.startswith("@") else text.split(",")
    return [name.strip() for name in names if name.strip()]


def read_json(
    path: str | os.PathLike[str], what: str, advice: str = "write it again", kind: type = dict
) -> Any:
    """The object, or the `kind` of value, that a JSON file holds. InputError where it holds none."""
    return parse_json(read_text(path, what, advice), path, what, advice, kind)


def parse_json(text: str, path: str | os.PathLike[str], what: str, advice: str, kind: type = dict) -> Any:
    """As `read_json`, of a text that comes from a file."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError, MemoryError) as error:
        raise _refusal(path, what, error, advice) from None
    if not isinstance(content, kind):
        named = "object" if kind is dict else "list"
        raise InputError(f"{path} is no {what}: it holds no JSON {named}; {advice}")
    return content


def read_numbers(
    path: str | os.PathLike[str],
    shape: tuple[int, int],
    what: str,
    largest: float = 1e6,
) -> np.ndarray:
    """Lines of numbers → (rows, columns) float64; columns beyond those asked for are left aside.

    Raises InputError where the file holds something else, numbers above `largest` or none at all.
    """
    rows = [line.split()[: shape[1]] for line in read_lines(path, what)]
    try:
        numbers = np.array([[float(value) for value in row] for row in rows])
    except ValueError:
        numbers = np.empty(0)
    if numbers.shape != shape or not (np.abs(numbers) <= largest).all():
        wanted = f"{shape[0]} lines of {shape[1]} numbers up to {largest:g}"
        raise InputError(f"{path} is no {what}: it must hold {wanted}; write it again")
    return numbers


def read_table(
    path: str | os.PathLike[str], what: str, advice: str, may_be_cut: bool = False
) -> tuple[dict[str, int], list[list[str]]]:
    """A CSV file with a header: column by name, and the rows. InputError where a row has another length,
    or semicolons separate (as Excel does in much of Europe).

    may_be_cut: a last row that is too short is left out, as of a program that was stopped.
    """
    text = io.StringIO(read_text(path, what, advice), newline="")
    try:
        rows = [row for row in csv.reader(text, skipinitialspace=True) if row] or [[]]
        header = [name.strip() for name in rows.pop(0)]
        if len(header) == 1 and ";" in header[0]:
            separated = "is separated by semicolons; save it with commas, and with points in the numbers"
            raise InputError(f"{path} {separated}")
        if may_be_cut and rows and len(rows[-1]) < len(header):
            rows.pop()
        if wrong := [row for row in rows if len(row) != len(header)]:
            raise ValueError(f"a row has {len(wrong[0])} columns, the header {len(header)}")
    except (ValueError, csv.Error) as error:
        raise _refusal(path, what, error, advice) from None
    return {name: place for place, name in enumerate(header)}, rows


def write_arrays(path: str | os.PathLike[str], **arrays: np.ndarray) -> None:
    """An .npz archive that `read_arrays` reads, complete or not at all. Raises what `atomic_path` raises."""
    # Made in memory: an archive that a full disk breaks off complains once more when Python lets go of it.
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def _array(file: IO[bytes], name: str, expected: Expected, sizes: dict[str, int]) -> np.ndarray:
    """One .npy stream; ValueError where its header, or what follows, is not as expected."""
    version = np.lib.format.read_magic(file)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read_header is None:
        raise ValueError(f"unknown version {version} of the npy format")
    shape, fortran, kind = read_header(file)
    if kind.hasobject or kind.kind not in expected.kinds or (kind.itemsize > 8 and kind.kind in "fiu"):
        raise ValueError(f"{name} is of type {kind}")
    _check_shape(shape, name, expected, sizes)
    size = math.prod(shape) * kind.itemsize
    if size > MAX_ARRAY_BYTES:
        raise ValueError(f"{name} asks for {size >> 20} MiB")
    content = file.read(size)
    if len(content) != size or file.read(1):
        raise ValueError(f"{name} is cut short or too long")
    array = np.frombuffer(content, kind).reshape(shape, order="F" if fortran else "C")
    if kind.kind in "fiu" and not (np.abs(array.astype(np.float64)) <= expected.largest).all():
        raise ValueError(f"{name} holds numbers that are not finite or above {expected.largest:g}")
    if expected.spread and not spread_out(array, expected.spread):
        raise ValueError(f"{name} holds points that lie in one place or on a line")
    # In the byte order of this machine, and writable.
    return array.astype(kind.newbyteorder("="))


def _check_shape(shape: tuple[int, ...], name: str, expected: Expected, sizes: dict[str, int]) -> None:
    fits = len(shape) == len(expected.shape)
    for size, wanted in zip(shape, expected.shape, strict=False):
        if isinstance(wanted, int):
            fits &= size == wanted
        else:
            fits &= size >= expected.least and sizes.setdefault(wanted, size) == size
    if not fits:
        raise ValueError(f"{name} has the shape {shape}, not {expected.shape}")


def _refusal(path: str | os.PathLike[str], what: str, error: BaseException, advice: str) -> InputError:
    reason = " ".join(str(error).split())[:160] or type(error).__name__
    return InputError(f"{path} is no {what} or is damaged ({reason}); {advice}")
