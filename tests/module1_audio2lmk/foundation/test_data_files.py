"""Data files are what they promise or refused in one line, before anything large is allocated."""

import io
import json
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.data_files import (
    Expected,
    read_array,
    read_arrays,
    read_json,
    read_lines,
    read_numbers,
    write_arrays,
)
from module1_audio2lmk.foundation.errors import InputError

EXPECTED = {"points": Expected(("T", 2)), "times": Expected(("T",)), "name": Expected((), "U", optional=True)}
POINTS, TIMES = np.arange(12, dtype=np.float32).reshape(6, 2), np.arange(6)


def read(path: Path) -> dict[str, np.ndarray]:
    return read_arrays(path, EXPECTED, "test file", "make it again")


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def archive(path: Path, method: int = zipfile.ZIP_DEFLATED, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def test_arrays_come_back(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", points=POINTS, times=TIMES, name=np.array("x"), other=np.zeros(3))
    read_back = read(tmp_path / "a.npz")
    assert set(read_back) == {"points", "times", "name"}
    assert np.array_equal(read_back["points"], POINTS) and read_back["points"].dtype == np.float32
    read_back["points"][0] = 1  # writable
    archive(tmp_path / "b.npz", points=npy(np.asfortranarray(POINTS.astype(">f8"))), times=npy(TIMES))
    assert np.array_equal(read(tmp_path / "b.npz")["points"], POINTS)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (npy(POINTS.astype(complex)), "complex"),
        (npy(POINTS.astype("M8[s]")), "datetime"),
        (npy(POINTS > 1), "bool"),
        (npy(POINTS.astype(object)), "object"),
        (npy(POINTS.astype("U3")), "U3"),
        (npy(POINTS[:5]), "shape"),
        (npy(POINTS[:, :1]), "shape"),
        (npy(POINTS[:0]), "shape"),
        (npy(POINTS * np.nan), "finite"),
        (npy(POINTS * 1e30), "finite"),
        (npy(POINTS)[:-5], "cut short"),
        (npy(POINTS) + b"more", "too long"),
        (npy(POINTS).replace(b"(6, 2)", b"(6, -2"), ""),
        (npy(POINTS).replace(b"'<f4'", b"'<q4'"), ""),
        (b"\x93NUMPY\x07\x00" + npy(POINTS)[8:], "version"),
        (b"no array", "magic"),
    ],
)
def test_what_is_no_such_array(tmp_path: Path, points: bytes, message: str) -> None:
    with pytest.raises(InputError, match=rf"a\.npz is no test file .*{message}.*make it again"):
        read(archive(tmp_path / "a.npz", points=points, times=npy(TIMES)))


def test_a_header_that_promises_gigabytes_allocates_nothing(tmp_path: Path) -> None:
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (30000000000, 2), }"
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.ljust(117) + b"\n"
    tracemalloc.start()
    with pytest.raises(InputError, match="MiB"):
        read(archive(tmp_path / "a.npz", points=header, times=npy(TIMES)))
    with pytest.raises(InputError, match=r"shape|cut short"):
        read(
            archive(
                tmp_path / "b.npz", points=header.replace(b"30000000000", b"30000000   "), times=npy(TIMES)
            )
        )
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 10e6


def test_damaged_archives(tmp_path: Path) -> None:
    whole = archive(tmp_path / "a.npz", points=npy(POINTS), times=npy(TIMES)).read_bytes()
    for place in range(0, len(whole), 3):
        (tmp_path / "a.npz").write_bytes(whole[:place])
        with pytest.raises(InputError):
            read(tmp_path / "a.npz")
        (tmp_path / "a.npz").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            assert set(read(tmp_path / "a.npz")) == {"points", "times"}
        except InputError as error:
            assert "a.npz" in str(error)


def test_single_arrays(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(npy(POINTS))
    assert np.array_equal(read_array(tmp_path / "a.npy", Expected((6, 2)), "mesh", ""), POINTS)
    with pytest.raises(InputError, match="no mesh"):
        read_array(tmp_path / "a.npy", Expected((7, 2)), "mesh", "")


@pytest.mark.parametrize("content", [b"[1]", b"{", b"\xff", b"[" * 100_000, b"", b"1" * 5000])
def test_what_is_no_json_object(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.json"):
        read_json(tmp_path / "a.json", "split")


def test_text_of_other_programs(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps({"a": 1}).encode())
    assert read_json(tmp_path / "a.json", "split") == {"a": 1}
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf one \r\n\r\ntwo\n")
    assert read_lines(tmp_path / "a.txt", "list") == ["one", "two"]
    (tmp_path / "a.txt").write_bytes("drüben".encode("utf-16"))
    with pytest.raises(InputError, match="no text in UTF-8"):
        read_lines(tmp_path / "a.txt", "list")


@pytest.mark.parametrize("text", ["1 2\n3", "1 2\n3 x", "1 2\nnan 4", "1 2\n1e9 4", "1 2", "\n"])
def test_what_is_no_table_of_numbers(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(InputError, match=r"2 lines of 2 numbers|is empty"):
        read_numbers(tmp_path / "a.txt", (2, 2), "window")
    (tmp_path / "a.txt").write_text("1 2 9\n3 4\n")
    assert read_numbers(tmp_path / "a.txt", (2, 2), "window").tolist() == [[1, 2], [3, 4]]
