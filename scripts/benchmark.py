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
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
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
Work = Callable[[], "Cost"]
Costs = dict[str, dict[str, float]]  # kind of cost → other, ours, ratio
BUSY = "while True: pass"
KINDS = {
    "import": "import of both packages",
    "frame": "a frame",
    "first_frame": "to the first frame",
    "command": "whole command",
    "memory": "ours, {long:g} s of speech / {seconds:g} s",
    "busy": "ours, beside busy loops / idle",
    "update": "an update of the published training command",
}
#: Six losses, full width: the landmark and identity networks are there, with weights drawn at random.
TRAINING = (
    "--dataroot small --name drawing --model geomgm_ifw_fore --netG resnet_9blocks_rcatland32_full_ifw "
    "--netg_resb_div 3 --netg_resb_disp 3 --output_nc 1 --lr 0.00005 --lambda_geom 50 "
    "--lambda_geom_lipline 50 --more_weight_for_lip 2 --lambda_face 3.0 --lambda_warp_inter 10 --blendbg 1 "
    "--select_target12_thre 0.0 --niter 1 --niter_decay 0 --gpu_ids -1 --num_threads 0 --display_id 0"
)
UPDATES = 3  # the first of them warms up


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

    def worker(self, kind: str, speech: Path, folder: str, options: argparse.Namespace) -> list[str]:
        assert self.checkout is not None
        counted = [] if kind == "first_frame" else [str(options.frames)]
        files = [str(self.checkout), kind, str(PHOTO), str(speech), folder, str(options.size)]
        return [sys.executable, str(WORKER), *files, *counted]


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


def output_of(command: list[str]) -> str:
    """What a worker prints, which computes with one thread. InputError where it fails."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        raise InputError("the process that is measured ended; see its message above")
    return done.stdout


def in_turn(first: Work, second: Work, rounds: int) -> list[tuple[Cost, Cost]]:
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


def work_of(kind: str, side: Side, speech: Path, folder: str, options: argparse.Namespace) -> Work:
    """What is measured of one side: one of `KINDS`; `frame` and `update` with one thread."""

    def frame() -> Cost:
        cpu, wall = json.loads(output_of(side.worker("frames", speech, folder, options)))
        return Cost(cpu / options.frames, wall / options.frames)

    if kind == "frame":
        return frame
    if kind == "update":
        return lambda: update_of(side, training_data(folder))
    if kind == "import":
        return lambda: run([sys.executable, "-c", IMPORT, str(side.checkout)])
    if kind == "first_frame":
        return lambda: run(side.worker(kind, speech, folder, options))
    return lambda: run(side.command(speech, folder, options.size))


def training_data(folder: str) -> Path:
    """A data set of the tests, and weights of the networks that losses look through, below a folder."""
    place = Path(folder) / "training"
    if not place.exists():
        sys.path.insert(0, str(ROOT / "tests"))
        import drawing_data
        import torch
        from reference_tools import fill_weights

        from module2_drawing.networks import MobileFaceNet, SphereFace20

        drawing_data.make_data(place, photos=UPDATES)
        for clip in list(place.rglob("clip_?")):  # the name that older checkouts look for
            shutil.copytree(clip, clip.with_name(clip.name.replace("clip", "film")))
        weights = place / "checkpoints"
        weights.mkdir()
        landmarks = {"state_dict": fill_weights(MobileFaceNet()).state_dict()}
        torch.save(landmarks, weights / "mobilefacenet_model_best.pth.tar")
        torch.save(fill_weights(SphereFace20()).state_dict(), weights / "sphere20a_20171020.pth")
    return place


def update_of(side: Side, place: Path) -> Cost:
    """The cost of an update of `TRAINING`, one thread."""
    command = [sys.executable, str(WORKER), str(side.checkout), "updates", str(place), *TRAINING.split()]
    cpu, wall = json.loads(output_of(command).splitlines()[-1])
    return Cost(cpu, wall)


def beside_busy_loops(work: Work) -> Cost:
    """A piece of work beside a busy loop for every core."""
    loops = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(os.cpu_count() or 1)]
    try:
        return work()
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def measured(
    kind: str, other: Side, ours: Side, speech: Path, folder: str, options: argparse.Namespace
) -> Costs:
    """The costs of one of `KINDS`: of both sides, or of this checkout in two ways."""
    if kind == "memory":
        long = work_of("command", ours, speech_of_length(folder, options.long), folder, options)
        return summary([(long(), work_of("command", ours, speech, folder, options)())])
    work = work_of("command" if kind == "busy" else kind, ours, speech, folder, options)
    if kind == "busy":
        return summary(in_turn(lambda: beside_busy_loops(work), work, options.rounds))
    found = summary(in_turn(work_of(kind, other, speech, folder, options), work, options.rounds))
    if kind == "frame" and options.stages:
        for side in (other, ours):
            print(f"{side.name}: its functions, ms a frame, descendants included")
            print(output_of(side.worker("stages", speech, folder, options)), end="", flush=True)
    return found


def speech_of_length(folder: str, seconds: float) -> Path:
    """The example's voice, repeated or cut to a length."""
    import soundfile

    sound, rate = soundfile.read(VOICE)
    path = Path(folder) / f"speech-{seconds:g}.wav"
    soundfile.write(path, np.resize(sound, round(seconds * rate)), rate)
    return path


def report(title: str, found: Costs) -> str:
    units = {"cpu": "s CPU", "wall": "s", "megabytes": "MB"}
    parts = [
        f"{kind} {v['ratio']:.2f} ({v['other']:.3g} / {v['ours']:.3g} {units[kind]})"
        for kind, v in found.items()
    ]
    return f"{title}: " + ", ".join(parts)


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
        speech = speech_of_length(folder, options.seconds)
        for kind in (kind for kind in KINDS if kind in options.only):
            title = KINDS[kind].format(**vars(options))
            found = measured(kind, other, ours, speech, folder, options)
            print(report(title, found), flush=True)
            results[kind] = found
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    run_cli(main)
