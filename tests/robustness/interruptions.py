"""Programs that write are killed at random moments: nothing half-written stays under a final name, and what
goes on afterwards ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from robustness.programs import Program, child

from module1_audio2lmk.foundation import files
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.landmark_file import read_landmarks
from module1_audio2lmk.foundation.media import iter_frames

ROOT = Path(files.__file__).resolve().parents[2]
FRAMES = 40
#: Writes landmark frames and a video over and over, as a rendering does.
WRITER = f"""
import sys
from fractions import Fraction
import numpy as np
from module1_audio2lmk.foundation.face.landmark_file import Motion, write_landmarks
from module1_audio2lmk.foundation.media import VideoWriter
random = np.random.default_rng(0)
motion = Motion(random.uniform(0, 512, ({FRAMES}, 68, 2)).astype(np.float32), Fraction(25))
pictures = random.integers(0, 255, ({FRAMES}, 64, 64, 3), dtype=np.uint8)
print("ready", flush=True)
while True:
    write_landmarks(sys.argv[1] + "/a.npz", motion)
    with VideoWriter(sys.argv[1] + "/a.mp4", (64, 64), 25) as writer:
        for picture in pictures:
            writer.write(picture)
"""


@dataclass
class Outcome:
    """runs: that came to their end. differ: whose result is not that of an unbroken run."""

    kills: int = 0
    half_written: int = 0
    harmed: int = 0
    leftovers: int = 0
    uncleared: int = 0
    runs: int = 0
    differ: int = 0

    @property
    def faults(self) -> int:
        return self.half_written + self.harmed + self.uncleared + self.differ


def start(folder: Path) -> subprocess.Popen[str]:
    """A writing program, up and running."""
    command = [sys.executable, "-c", WRITER, str(folder)]
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    )
    assert program.stdout is not None and program.stdout.readline() == "ready\n"
    return program


def kill_often(folder: Path, count: int, seed: int) -> Outcome:
    """Kill −9 at random moments, look at what is there each time, and let the next run clear up."""
    outcome = Outcome()
    random = np.random.default_rng(seed)
    (folder / "older.npz").write_bytes(b"mine")
    for _ in range(count):
        program = start(folder)
        time.sleep(float(random.uniform(0, 0.5)))
        program.kill()
        program.wait()
        outcome.kills += 1
        outcome.half_written += not _is_whole(folder)
        outcome.harmed += (folder / "older.npz").read_bytes() != b"mine"
        outcome.leftovers += len(list(folder.glob(".*.part*")))
        files._cleared.clear()
        files.clear_leftovers(folder)
        outcome.uncleared += len(list(folder.glob(".*.part*")))
    return outcome


def kill_program(program: Program, count: int, seed: int) -> Outcome:
    """Kill a program −9 at random moments, three times in each folder, then let it come to its end."""
    outcome, random = Outcome(), np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        place = _made(program, Path(folder))
        started = time.monotonic()
        if _finish(program, place) != 0:
            raise RuntimeError(f"{program.name} fails: {(place / 'log.txt').read_text()[-500:]}")
        takes, wanted = time.monotonic() - started, _results(program, place)
    while outcome.kills < count:
        with tempfile.TemporaryDirectory() as folder:
            place = _made(program, Path(folder))
            (place / "older.npz").write_bytes(b"mine")
            for _ in range(3):
                with child(program.run, place) as process:
                    time.sleep(float(random.uniform(0, takes)))
                    os.kill(process, signal.SIGKILL)
                outcome.kills += 1
                found = _results(program, place)
                outcome.half_written += sum(_broken(program, name, found, wanted) for name in found)
                outcome.harmed += (place / "older.npz").read_bytes() != b"mine"
                outcome.leftovers += len(list(place.rglob(".*.part*")))
            done = _finish(program, place) == 0
            outcome.runs += 1
            outcome.differ += not done or _results(program, place) != wanted
            outcome.uncleared += len(list(place.rglob(".*.part*")))
    return outcome


def _made(program: Program, folder: Path) -> Path:
    program.make(folder)
    return folder


def _finish(program: Program, folder: Path) -> int:
    with child(program.run, folder) as process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _results(program: Program, folder: Path) -> dict[str, bytes]:
    """Name → content of the program's results, as far as they are there; paths of the folder left out."""
    files = sorted({file for pattern in program.results for file in folder.glob(pattern) if file.is_file()})
    return {str(file.relative_to(folder)): program.content(file) for file in files if file.name[0] != "."}


def _broken(program: Program, name: str, found: dict[str, bytes], wanted: dict[str, bytes]) -> bool:
    return found[name] == b"" or (program.final and found[name] != wanted.get(name))


def _is_whole(folder: Path) -> bool:
    try:
        if (folder / "a.npz").exists() and len(read_landmarks(folder / "a.npz").frames) != FRAMES:
            return False
        return not (folder / "a.mp4").exists() or len(list(iter_frames(folder / "a.mp4"))) == FRAMES
    except InputError:
        return False
