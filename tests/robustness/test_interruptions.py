"""Rough treatment of programs that write: kills, full disks, folders that are read-only, two at once."""

import os
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from media_files import tone
from robustness.interruptions import FRAMES, ROOT, WRITER, kill_often, start

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.landmark_file import Motion, read_landmarks, write_landmarks
from module1_audio2lmk.foundation.media import VideoWriter, iter_frames

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


def test_kills_leave_nothing_half_written(tmp_path: Path) -> None:
    outcome = kill_often(tmp_path, 3, seed=0)
    assert outcome.kills == 3
    assert (outcome.half_written, outcome.harmed, outcome.uncleared) == (0, 0, 0)


def test_two_programs_on_one_output(tmp_path: Path) -> None:
    """Each puts a whole file in place; neither takes the other's temporary file."""
    programs = [start(tmp_path) for _ in range(2)]
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "a.mp4").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        for _ in range(10):
            assert len(read_landmarks(tmp_path / "a.npz").frames) == FRAMES
            assert len(list(iter_frames(tmp_path / "a.mp4"))) == FRAMES
        assert all(program.poll() is None for program in programs)
    finally:
        for program in programs:
            program.kill()
            program.wait()


def limited(folder: Path, limit: str) -> subprocess.CompletedProcess[str]:
    """The writer under a limit of the shell, behind `run_cli`."""
    body = "\n".join(f"    {line}" for line in WRITER.splitlines())
    script = f"from module1_audio2lmk.foundation.errors import run_cli\ndef main():\n{body}\nrun_cli(main)\n"
    command = ["bash", "-c", f'{limit}; exec "$0" -c "$1" "$2"', sys.executable, script, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """As on a full disk, in the middle of writing: one line, nothing left, the older file whole."""
    (tmp_path / "a.mp4").write_bytes(b"older")
    done = limited(tmp_path, "trap '' XFSZ; ulimit -f 40")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("error: cannot use")
    assert {path.name for path in tmp_path.iterdir()} <= {"a.mp4", "a.npz"}
    assert (tmp_path / "a.mp4").read_bytes() == b"older"


def test_a_disk_that_is_full_from_the_start() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    motion = Motion(np.zeros((5, 68, 2), np.float32), Fraction(25))
    with pytest.raises(InputError), VideoWriter("/dev/full/a.mp4", (32, 32), 25) as writer:
        writer.write(np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(InputError):
        write_landmarks("/proc/a.npz", motion)


def test_a_reader_of_stdout_that_goes_away(tmp_path: Path) -> None:
    """`… | head -1` is no error, and no traceback."""
    script = (
        "from module1_audio2lmk.foundation.errors import run_cli\n"
        "def main():\n    for number in range(100000):\n        print(number)\nrun_cli(main)\n"
    )
    command = ["bash", "-c", 'set -o pipefail; "$0" -c "$1" | head -1', sys.executable, script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert (done.stdout, done.stderr, done.returncode) == ("0\n", "", 0)


def test_long_sounds_need_no_memory_of_their_length(tmp_path: Path) -> None:
    """Ten minutes in blocks: the memory of one block."""
    import resource

    import soundfile

    from module1_audio2lmk.foundation.media import iter_audio

    with soundfile.SoundFile(tmp_path / "a.wav", "w", 16000, 1, "PCM_16") as file:
        for _ in range(600):
            file.write(tone(1.0))
    next(iter_audio(tmp_path / "a.wav"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(len(block) for block in iter_audio(tmp_path / "a.wav")) == 600 * 16000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
