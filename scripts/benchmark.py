#!/usr/bin/env python3
"""Speed and memory, as ratios measured side by side in one run.

    python scripts/benchmark.py            # all of it, a few minutes on two cores
    python scripts/benchmark.py --frames 4 --only grid,generator

Each line compares a way of doing the same work with another; both are timed in turn, A B A B, and the median
of the ratios is printed. Seconds are those of this machine, ratios hold better elsewhere.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

from module1_audio2lmk.foundation.errors import InputError, run_cli
from module1_audio2lmk.foundation.face.align import AlignedFace, align_face
from module1_audio2lmk.foundation.media import read_image

ROOT = Path(__file__).resolve().parents[1]
Work = Callable[[], object]
PHOTO = ROOT / "data/examples/astronaut.jpg"
VOICE = ROOT / "data/examples/speech.wav"


def swaying(face: AlignedFace, count: int) -> np.ndarray:
    """(count, 68, 2) px of the 512² crop: a head that sways and a mouth that opens and closes."""
    time_axis = np.linspace(0, 2 * np.pi, count, endpoint=False)[:, None]
    frames = np.repeat(face.landmarks[None, :, :2], count, 0)
    frames[:, :, 0] += 6 * np.sin(time_axis)
    frames[:, [55, 56, 57, 58, 59, 65, 66, 67], 1] += 8 * (1 - np.cos(3 * time_axis))
    return frames


def in_turn(first: Work, second: Work, rounds: int) -> tuple[float, float, float]:
    """Median seconds of both and median of the ratios second / first, after one warm-up each."""
    first(), second()
    pairs = []
    for _ in range(rounds):
        marks = [time.perf_counter()]
        for work in (first, second):
            work()
            marks.append(time.perf_counter())
        pairs.append((marks[1] - marks[0], marks[2] - marks[1]))
    ratios = [b / a for a, b in pairs]
    return *(statistics.median(column) for column in zip(*pairs, strict=True)), statistics.median(ratios)


def grid(face: AlignedFace, frames: int) -> tuple[str, Work, Work]:
    """The motion grid of a batch against SciPy's interpolation frame by frame, as the published program."""
    from scipy.interpolate import griddata

    from module2_drawing.geometry.warping import frame_corners, sparse_motion_grid

    source = torch.from_numpy(face.landmarks[None, :, :2] / 2)
    target = torch.from_numpy(swaying(face, frames) / 2)
    corners = frame_corners(256).numpy()

    def by_frame() -> None:
        rows, columns = np.mgrid[0:256, 0:256]
        for points in target.numpy():
            places = np.concatenate((points, corners))
            griddata(places, np.concatenate((source[0].numpy(), corners)), (columns, rows), method="linear")

    return "motion grid: SciPy frame by frame / ours", lambda: sparse_motion_grid(source, target), by_frame


def animation(face: AlignedFace, frames: int) -> tuple[str, Work, Work]:
    """Frames of a prepared photo against doing everything anew for every frame, as the published program."""
    from module2_drawing import PortraitAnimator

    animator = PortraitAnimator("drawing", ROOT / "checkpoints")
    motion = swaying(face, frames)
    animator.prepare(face)

    def anew() -> None:
        for index in range(frames):
            animator.prepare(face)
            list(animator.frames(motion[index : index + 1]))

    return "frames: photo's part anew / once", lambda: list(animator.frames(motion)), anew


def generator(face: AlignedFace, frames: int) -> tuple[str, Work, Work]:
    """The shipped generator against one of the published width (random weights), decoding alone."""
    from module2_drawing.networks import define_G

    narrow, wide = define_G("overpaint", 4, 1, 16).eval(), define_G("warp", 3, 1, 64).eval()
    photo, dots = torch.rand(1, 4, 256, 256) * 2 - 1, torch.full((frames, 1, 256, 256), -1.0)
    place = torch.nn.functional.affine_grid(torch.eye(2, 3)[None], [1, 1, 256, 256], align_corners=True)
    still = torch.zeros(frames, 2, 256, 256), torch.ones(frames, 1, 256, 256)

    def work(network: torch.nn.Module) -> Work:
        @torch.inference_mode()
        def decode() -> None:
            encoded = network.encode(photo[:, : network.input_nc], dots[:1])
            network.decode(encoded, dots, place.expand(frames, -1, -1, -1), *still)

        return decode

    return "generator: published, ngf 64 / shipped, ngf 16", work(narrow), work(wide)


COMPARISONS = {"grid": grid, "generator": generator, "animation": animation}


def memory(seconds: int) -> float:
    """Peak resident MB of the whole command on speech of this length, run as a process of its own."""
    import soundfile

    sound, rate = soundfile.read(VOICE)
    with tempfile.TemporaryDirectory() as folder:
        long = Path(folder) / "speech.wav"
        soundfile.write(long, np.resize(sound, seconds * rate), rate)
        command = [sys.executable, str(Path(__file__).resolve()), "--measure", str(long)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"the measured process failed: {done.stderr.strip().splitlines()[-1]}")
    return float(done.stdout.strip().splitlines()[-1])


def measure(speech: str) -> None:
    """Everything of the command but the network: landmarks of the speech, frames written with its sound."""
    from module1_audio2lmk import SpeechToLandmarks
    from module1_audio2lmk.foundation.media import VideoWriter

    face = align_face(read_image(PHOTO))
    landmarks = SpeechToLandmarks(ROOT / "checkpoints", "cpu")(speech, face, 25)
    blank = np.full((256, 256, 3), 255, np.uint8)
    with tempfile.TemporaryDirectory() as folder, VideoWriter(f"{folder}/v.mp4", (256, 256), 25, speech) as w:
        for points in landmarks:
            frame = blank.copy()
            x, y = (points[30] / 2).astype(int).clip(0, 250)
            frame[y : y + 5, x : x + 5] = 0
            w.write(frame)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--frames", type=int, default=8, help="frames of each timed piece of work")
    parser.add_argument("--rounds", type=int, default=3, help="how often each pair is timed")
    parser.add_argument("--only", default=",".join([*COMPARISONS, "memory"]), help="what to measure")
    parser.add_argument("--long", type=int, default=1200, help="seconds of the long speech, for memory")
    parser.add_argument("--json", metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure(options.measure)
    chosen = options.only.split(",")
    if unknown := sorted(set(chosen) - {*COMPARISONS, "memory"}):
        raise InputError(
            f"nothing called {unknown[0]} to measure; there are {', '.join(COMPARISONS)}, memory"
        )
    face, results = align_face(read_image(PHOTO)), {}
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name in (name for name in COMPARISONS if name in chosen):
        title, ours, other = COMPARISONS[name](face, options.frames)
        seconds, others, ratio = in_turn(ours, other, options.rounds)
        per_frame = 1000 * seconds / options.frames, 1000 * others / options.frames
        print(f"{title}: {ratio:.1f} ({per_frame[1]:.0f} / {per_frame[0]:.0f} ms a frame)", flush=True)
        results[name] = {"ratio": ratio, "ms": per_frame[0], "other_ms": per_frame[1]}
    if "memory" in chosen:
        short, long = memory(20), memory(options.long)
        print(f"memory: {options.long} s of speech / 20 s: {long / short:.2f} ({long:.0f} / {short:.0f} MB)")
        results["memory"] = {"ratio": long / short, "MB": long, "short_MB": short}
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    return None


if __name__ == "__main__":
    run_cli(main)
