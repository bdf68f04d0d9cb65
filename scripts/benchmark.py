#!/usr/bin/env python3
"""Speed and memory: this checkout against another one, interleaved in one run.

    git worktree add ../before COMMIT
    python scripts/benchmark.py --against ../before                  # all of it
    python scripts/benchmark.py --against ../before --only frame --size 512 --rounds 5 --stages
    python scripts/benchmark.py --against_command 'PROGRAM {photo} {speech} {output}' --only command

Every measurement is a pair: the other checkout, then this one, in turn; the median of the ratios is what
counts (above 1: this checkout is faster or smaller). Seconds are of this machine; ratios hold elsewhere.
The other checkout draws the same photo and the same speech, at 256² where it knows no other size.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from module1_audio2lmk.foundation.errors import InputError, run_cli

ROOT = Path(__file__).resolve().parents[1]
PHOTO = ROOT / "data/examples/astronaut.jpg"
VOICE = ROOT / "data/examples/speech.wav"
WORKER = ROOT / "scripts/benchmark_worker.py"
IMPORT = """import sys; sys.path[0] = sys.argv[1]
from module1_audio2lmk import SpeechToLandmarks
from module2_drawing import PortraitAnimator"""
Costs = dict[str, dict[str, float]]  # kind of cost → other, ours, ratio
BUSY = "while True: pass"
LEFT = {"command": "whole command", "first_frame": "to the first frame", "import": "import of both packages"}


@dataclass(frozen=True)
class Cost:
    """What a piece of work took: CPU seconds, wall seconds, peak resident MB of its process (0: unknown)."""

    cpu: float
    wall: float
    megabytes: float = 0.0


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: a checkout, or a foreign program with {photo} {speech} {output}."""

    name: str
    checkout: Path | None
    program: str = ""

    def command(self, speech: Path, folder: str, size: int) -> list[str]:
        """The whole way from photo and speech to a video."""
        if self.checkout is None:
            places = {"photo": str(PHOTO), "speech": str(speech), "output": f"{folder}/out.mp4"}
            return [part.format(**places) for part in shlex.split(self.program)]
        script = str(self.checkout / "main_end2end.py")
        sized = ["--size", str(size)] if self.draws_sizes else []
        files = ["--jpg", str(PHOTO), "--audio", str(speech), "--output", f"{folder}/{self.name}.mp4"]
        return [sys.executable, script, *files, "--checkpoints_dir", str(self.checkout / "checkpoints"),
                "--quiet", *sized]  # fmt: skip

    @cached_property
    def draws_sizes(self) -> bool:
        """Whether its command has --size: its help says so, wherever the option is declared."""
        assert self.checkout is not None
        asked = [sys.executable, str(self.checkout / "main_end2end.py"), "--help"]
        return "--size" in subprocess.run(asked, capture_output=True, text=True, check=True).stdout

    def worker(self, kind: str, speech: Path, folder: str, size: int) -> list[str]:
        assert self.checkout is not None
        return [
            sys.executable,
            str(WORKER),
            str(self.checkout),
            kind,
            str(PHOTO),
            str(speech),
            folder,
            str(size),
        ]


def run(command: list[str]) -> Cost:
    """Run a process to its end. Raises InputError with its last line where it fails."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last = (message.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{shlex.join(command)} failed: {last}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - begin, usage.ru_maxrss / 1024)


def in_turn(first: Callable[[], Cost], second: Callable[[], Cost], rounds: int) -> list[tuple[Cost, Cost]]:
    """Both pieces of work, A B A B …, after one warm-up each."""
    first(), second()
    return [(first(), second()) for _ in range(rounds)]


def summary(pairs: list[tuple[Cost, Cost]]) -> Costs:
    """Median of both sides and median of the ratios other / ours, of each kind of cost that is known."""
    found = {}
    for kind in ("cpu", "wall", "megabytes"):
        values = [(getattr(a, kind), getattr(b, kind)) for a, b in pairs]
        if all(a > 0 and b > 0 for a, b in values):
            other, ours = (statistics.median(column) for column in zip(*values, strict=True))
            found[kind] = {"other": other, "ours": ours, "ratio": statistics.median(a / b for a, b in values)}
    return found


class Frames:
    """A worker that has prepared the photo and draws frames when asked."""

    def __init__(self, side: Side, speech: Path, folder: str, size: int) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = side.worker("frames", speech, folder, size)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, line: str) -> list:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise InputError("the process that draws frames ended; see its message above")
        return json.loads(answer)

    def draw(self, count: int) -> Cost:
        """The cost of one of `count` frames, one thread."""
        cpu, wall = self.ask(str(count))
        return Cost(cpu / count, wall / count)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def frame(other: Side, ours: Side, speech: Path, folder: str, options: argparse.Namespace) -> Costs:
    """One frame of a prepared photo, drawn with one thread."""
    workers = [Frames(side, speech, folder, options.size) for side in (other, ours)]
    try:
        first, second = (partial(worker.draw, options.frames) for worker in workers)
        found = summary(in_turn(first, second, options.rounds))
        if options.stages:
            for side, worker in zip((other, ours), workers, strict=True):
                print(f"{side.name}: its functions, ms a frame, descendants included")
                print("\n".join(f"  {name:44} {ms:8.2f}" for name, ms in worker.ask("stages")), flush=True)
    finally:
        for worker in workers:
            worker.close()
    return found


def process(
    kind: str, other: Side, ours: Side, speech: Path, folder: str, options: argparse.Namespace
) -> dict:
    """A whole process of both sides: `command`, `first_frame` or `import`."""

    def work(side: Side) -> Callable[[], Cost]:
        if kind == "command":
            return lambda: run(side.command(speech, folder, options.size))
        if kind == "first_frame":
            return lambda: run(side.worker(kind, speech, folder, options.size))
        return lambda: run([sys.executable, "-c", IMPORT, str(side.checkout)])

    return summary(in_turn(work(other), work(ours), options.rounds))


@contextmanager
def busy_cores() -> Iterator[None]:
    """A busy loop for every core."""
    loops = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def busy(ours: Side, speech: Path, folder: str, options: argparse.Namespace) -> Costs:
    """This checkout's command beside a busy loop for every core, against the idle machine."""

    def work() -> Cost:
        return run(ours.command(speech, folder, options.size))

    def beside_loops() -> Cost:
        with busy_cores():
            return work()

    return summary(in_turn(beside_loops, work, options.rounds))


def lasting(folder: str, seconds: float) -> Path:
    """The example's voice, repeated or cut to a length."""
    import soundfile

    sound, rate = soundfile.read(VOICE)
    path = Path(folder) / f"speech-{seconds:g}.wav"
    soundfile.write(path, np.resize(sound, round(seconds * rate)), rate)
    return path


def told(title: str, found: Costs) -> str:
    units = {"cpu": "s CPU", "wall": "s", "megabytes": "MB"}
    parts = [
        f"{kind} {v['ratio']:.2f} ({v['other']:.3g} / {v['ours']:.3g} {units[kind]})"
        for kind, v in found.items()
    ]
    return f"{title}: " + ", ".join(parts)


KINDS = ("import", "frame", "first_frame", "command", "memory", "busy")


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--against", metavar="DIR", help="another checkout of this project")
    parser.add_argument("--against_command", metavar="CMD", help="another program: {photo} {speech} {output}")
    parser.add_argument("--only", default=",".join(KINDS), help=f"what to measure, of {', '.join(KINDS)}")
    parser.add_argument("--size", type=int, default=256, help="px of a frame; a checkout without sizes: 256")
    parser.add_argument("--seconds", type=float, default=10, help="of speech")
    parser.add_argument("--long", type=float, default=600, help="seconds of the long speech, for memory")
    parser.add_argument("--frames", type=int, default=24, help="frames of each timed piece of work")
    parser.add_argument("--rounds", type=int, default=3, help="how often each pair is timed")
    parser.add_argument("--stages", action="store_true", help="also list where a frame's time goes")
    parser.add_argument("--json", metavar="FILE", help="also write the figures as JSON")
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    if unknown := sorted(set(options.only) - set(KINDS)):
        raise InputError(f"nothing called {unknown[0]} to measure; there are {', '.join(KINDS)}")
    if options.against and not (Path(options.against) / "main_end2end.py").is_file():
        raise InputError(f"{options.against} is no checkout of this project; give its folder")
    if options.against_command and options.only != ["command"]:
        raise InputError("another program has the whole command alone; add --only command")
    return options


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    ours, against = Side("ours", ROOT), options.against
    other = Side("other", Path(against).resolve() if against else ROOT, "")
    if options.against_command:
        other = Side("other", None, options.against_command)
    results = {}
    print("other / ours" if against or options.against_command else "this checkout against itself")
    with tempfile.TemporaryDirectory() as folder:
        speech = lasting(folder, options.seconds)
        for kind in (kind for kind in KINDS if kind in options.only):
            if kind == "frame":
                title, found = "a frame", frame(other, ours, speech, folder, options)
            elif kind == "busy":
                title, found = "ours, beside busy loops / idle", busy(ours, speech, folder, options)
            elif kind == "memory":
                pair = [(run(ours.command(lasting(folder, options.long), folder, options.size)),
                         run(ours.command(speech, folder, options.size)))]  # fmt: skip
                title, found = f"ours, {options.long:g} s of speech / {options.seconds:g} s", summary(pair)
            else:
                title, found = LEFT[kind], process(kind, other, ours, speech, folder, options)
            print(told(title, found), flush=True)
            results[kind] = found
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    run_cli(main)
