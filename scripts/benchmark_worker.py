"""Benchmark worker: one measurement inside one checkout, run as a process of its own by `benchmark.py`.

    python scripts/benchmark_worker.py CHECKOUT first_frame PHOTO SPEECH FOLDER SIZE
    python scripts/benchmark_worker.py CHECKOUT frames PHOTO SPEECH FOLDER SIZE COUNT
    python scripts/benchmark_worker.py CHECKOUT updates FOLDER FLAG …

It imports nothing of its own checkout, only the public names that every state of the project has, so that
two states are measured in the same way. `frames` prints the CPU and the wall seconds that so many frames
took, `stages` with the same arguments the functions that took longest, `updates` in its last line what an
update of a training took after the first one, all networks and losses included.
"""

import cProfile
import inspect
import json
import os
import pstats
import runpy
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

STAGES_SHOWN = 14


def first_frame(photo: str, speech: str, folder: str, size: str) -> None:
    """Run the whole command and end the process when its first frame is handed to the video."""
    from module1_audio2lmk.foundation import media

    def written(*_: Any) -> None:
        os._exit(0)

    media.VideoWriter.write = written  # type: ignore[assignment, method-assign]
    import main_end2end

    checkpoints = str(Path(sys.path[0]) / "checkpoints")
    arguments = ["--jpg", photo, "--audio", speech, "--output", f"{folder}/first.mp4", "--quiet"]
    arguments += ["--checkpoints_dir", checkpoints]
    main_end2end.main(arguments + (["--size", size] if has_size() else []))
    sys.exit("no frame was written")


def has_size() -> bool:
    """Whether this checkout draws at other sizes than 256."""
    import module2_drawing

    return "size" in inspect.signature(module2_drawing.PortraitAnimator.__init__).parameters


def prepared(photo: str, speech: str, size: str, count: int) -> Callable[[], None]:
    """Draws `count` frames of a prepared photo, of which it has drawn as many before."""
    from module1_audio2lmk import SpeechToLandmarks
    from module1_audio2lmk.face import align_face
    from module1_audio2lmk.foundation.errors import set_quiet
    from module1_audio2lmk.foundation.media import read_image
    from module2_drawing import PortraitAnimator

    set_quiet(True)
    checkpoints = str(Path(sys.path[0]) / "checkpoints")
    face = align_face(read_image(photo))
    landmarks = SpeechToLandmarks(checkpoints, "cpu")(speech, face, 25)
    sized = {"size": int(size)} if has_size() else {}
    animator = PortraitAnimator("drawing", checkpoints, "cpu", **sized)
    animator.prepare(face)

    def draw() -> None:
        for _ in animator.frames(landmarks[[i % len(landmarks) for i in range(count)]]):
            pass

    draw()
    return draw


def frames(photo: str, speech: str, folder: str, size: str, count: str) -> None:
    draw = prepared(photo, speech, size, int(count))
    wall, cpu = time.perf_counter(), time.process_time()
    draw()
    print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]))


def stages(photo: str, speech: str, folder: str, size: str, count: str) -> None:
    """Print the checkout's own functions that take longest, ms a frame, descendants included."""
    profile = cProfile.Profile()
    profile.runcall(prepared(photo, speech, size, int(count)))
    rows = []
    for (file, _, name), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file.startswith(sys.path[0]) and not name.startswith("<"):
            rows.append((1000 * cumulative / int(count), f"{Path(file).stem}.{name}"))
    for milliseconds, name in sorted(rows, reverse=True)[:STAGES_SHOWN]:
        print(f"  {name:44} {milliseconds:8.2f}")


def updates(folder: str, *flags: str) -> None:
    """Train in a folder with the flags of module2_drawing/train.py; from each step of its first optimiser to
    the next one is an update."""
    import torch

    os.chdir(folder)
    step, seen = torch.optim.Adam.step, []

    def noted(optimiser: torch.optim.Adam, *given: Any) -> Any:
        seen.append((optimiser, time.process_time(), time.perf_counter()))
        return step(optimiser, *given)

    torch.optim.Adam.step = noted  # type: ignore[method-assign]
    sys.argv = [f"{sys.path[0]}/module2_drawing/train.py", *flags]
    with suppress(SystemExit):
        runpy.run_path(sys.argv[0], run_name="__main__")
    times = [times for optimiser, *times in seen if optimiser is seen[0][0]]
    count, first, last = len(times) - 1, times[0], times[-1]
    print(json.dumps([(after - before) / count for before, after in zip(first, last, strict=True)]))


if __name__ == "__main__":
    checkout, kind, *given = sys.argv[1:]
    sys.path[0] = checkout
    kinds: tuple[Callable[..., None], ...] = (first_frame, frames, stages, updates)
    {work.__name__: work for work in kinds}[kind](*given)
