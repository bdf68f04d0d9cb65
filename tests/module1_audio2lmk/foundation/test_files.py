"""Files appear complete or not at all."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from module1_audio2lmk.foundation import files
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import atomic_path, files_in, input_file

ROOT = Path(files.__file__).resolve().parents[2]


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


@pytest.mark.skipif(os.name == "nt", reason="no named pipes")
def test_pipes_are_refused_at_once(tmp_path: Path) -> None:
    """Nobody writes into it: a reader would wait for ever."""
    os.mkfifo(tmp_path / "voice.wav")
    for path in (tmp_path / "voice.wav", Path("/dev/zero")):
        with pytest.raises(InputError, match="save it as a file"):
            input_file(path, "sound file")
        with pytest.raises(InputError, match="name a file"), atomic_path(path):
            pytest.fail("opened")


def test_links_and_write_protection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "disk").mkdir()
    link, target = tmp_path / "a.txt", tmp_path / "disk" / "b.txt"
    link.symlink_to(target)
    with atomic_path(link) as temporary:
        temporary.write_text("whole")
    assert link.is_symlink() and target.read_text() == "whole"
    monkeypatch.setattr(os, "access", lambda path, mode: path != target)  # a superuser may write everywhere
    with pytest.raises(InputError, match="write-protected"), atomic_path(target):
        pytest.fail("opened")


def test_names_as_long_as_a_file_system_takes(tmp_path: Path) -> None:
    """255 bytes, of which a temporary name has to leave room for its number."""
    with atomic_path(tmp_path / f"{'字' * 83}.mp4") as temporary:
        temporary.write_text("whole")
    with pytest.raises(InputError, match="too long"), atomic_path(tmp_path / "new" / ("x" * 300) / "a.mp4"):
        pytest.fail("opened")
    assert [path.name for path in tmp_path.iterdir()] == [f"{'字' * 83}.mp4"]


def test_hidden_companions_of_photos_are_left_out(tmp_path: Path) -> None:
    for name in ("a.JPG", "._a.JPG", ".thumbnails/a.jpg", "__MACOSX/a.jpg", "deep/b.jpg"):
        (tmp_path / ".hidden" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".hidden" / name).touch()
    found = files_in([tmp_path / ".hidden"], (".jpg",), "photos")
    assert [file.relative_to(tmp_path / ".hidden").as_posix() for file in found] == ["a.JPG", "deep/b.jpg"]


def test_an_error_about_another_file_blames_that_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"in\.wav: permission denied"), atomic_path(tmp_path / "out.txt"):
        raise OSError(errno.EACCES, "denied", "in.wav")


WRITER = """
import sys, time
from module1_audio2lmk.foundation.files import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text("half")
    print(temporary, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no locks on files that are written")
def test_what_a_killed_process_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    """Another process that is still writing keeps its file."""
    others = {".notes.part", ".a.b.part.txt", ".b.999999999.partial.txt"}
    for name in others:
        (tmp_path / name).write_text("mine")
    writers = []
    for name in ("killed.txt", "alive.txt"):
        command = [sys.executable, "-c", WRITER, str(tmp_path / name)]
        writers.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT))
    killed, alive = (Path(writer.stdout.readline().strip()) for writer in writers)
    try:
        writers[0].kill()
        writers[0].wait()
        assert killed.exists()
        files._cleared.clear()
        with atomic_path(tmp_path / "new.txt") as temporary:
            temporary.write_text("whole")
        assert not killed.exists()
        assert alive.read_text() == "half"
        assert {path.name for path in tmp_path.iterdir()} == others | {"new.txt", alive.name}
    finally:
        writers[1].terminate()
        writers[1].wait()
