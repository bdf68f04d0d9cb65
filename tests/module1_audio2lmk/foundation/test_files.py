"""Files appear complete or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import atomic_path, input_file


def test_file_appears_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "new" / "deep" / "out.txt"
    with atomic_path(target) as temporary:
        temporary.write_text("done")
        assert not target.exists()
        assert temporary.parent == target.parent
    assert target.read_text() == "done"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), atomic_path(tmp_path / "new" / "deep" / "out.txt") as temporary:
        temporary.write_text("half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_an_exception_keeps_the_older_file(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(ValueError), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise ValueError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_full_disk(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"out\.txt: the disk is full"), atomic_path(tmp_path / "out.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (
        tmp_path,
        tmp_path / "file" / "out.txt",
        Path("/proc/nothing/out.txt"),
        Path("/proc/out.txt"),
    ):
        with pytest.raises(InputError), atomic_path(path):
            pytest.fail("opened")


def test_input_files(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for path, message in {
        tmp_path: "is a folder",
        tmp_path / "absent": "photo not found",
        tmp_path / "empty": "is empty",
    }.items():
        with pytest.raises(InputError, match=message):
            input_file(path, "photo")
