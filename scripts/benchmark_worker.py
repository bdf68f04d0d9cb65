"""Benchmark worker: one measurement inside one checkout, run as a process of its own by `benchmark.py`.

    python scripts/benchmark_worker.py CHECKOUT first_frame PHOTO SPEECH FOLDER SIZE
    python scripts/benchmark_worker.py CHECKOUT frames PHOTO SPEECH FOLDER SIZE

It imports nothing of its own checkout, only the public names that every state of the project has, so that
two states are measured in the same way. `frames` answers each line on its standard input, a number of frames,
with the CPU and the wall seconds that they took; the line `stages` is answered with a profile.
"""

import cProfile
import inspect
import json
import os
import pstats
import sys
import time
from pathlib import Path
from typing import Any

STAGES_SHOWN = 14


def first_frame(photo: str, speech: str, folder: str, size: int) -> None:
    """Run the whole command and end the process when its first frame is handed to the video."""
    from module1_audio2lmk.foundation import media

    def written(*_: Any) -> None:
        os._exit(0)

    media.VideoWriter.write = written  # type: ignore[assignment, method-assign]
    import main_end2end

    checkpoints = str(Path(sys.path[0]) / "checkpoints")
    arguments = ["--jpg", photo, "--audio", speech, "--output", f"{folder}/first.mp4", "--quiet"]
    arguments += ["--checkpoints_dir", checkpoints]
    main_end2end.main(arguments + (["--size", str(size)] if has_size() else []))
    sys.exit("no frame was written")


def has_size() -> bool:
    """Whether this checkout draws at other sizes than 256."""
    import module2_drawing

    return "size" in inspect.signature(module2_drawing.PortraitAnimator.__init__).parameters


def frames(photo: str, speech: str, folder: str, size: int) -> None:
    """Prepare a photo once, then draw as many frames as each line of the standard input asks for."""
    from module1_audio2lmk import SpeechToLandmarks
    from module1_audio2lmk.face import align_face
    from module1_audio2lmk.foundation.errors import set_quiet
    from module1_audio2lmk.foundation.media import read_image
    from module2_drawing import PortraitAnimator

    set_quiet(True)
    checkpoints = str(Path(sys.path[0]) / "checkpoints")
    face = align_face(read_image(photo))
    landmarks = SpeechToLandmarks(checkpoints, "cpu")(speech, face, 25)
    sized = {"size": size} if has_size() else {}
    animator = PortraitAnimator("drawing", checkpoints, "cpu", **sized)
    animator.prepare(face)
    at = 0
    for line in sys.stdin:
        count = 24 if line.strip() == "stages" else int(line)
        places = [(at + i) % len(landmarks) for i in range(count)]
        at += count
        profile = cProfile.Profile() if line.strip() == "stages" else None
        wall, cpu = time.perf_counter(), time.process_time()
        if profile:
            profile.enable()
        for _ in animator.frames(landmarks[places]):
            pass
        if profile:
            profile.disable()
            print(json.dumps(stages(profile, count)), flush=True)
        else:
            print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]), flush=True)


def stages(profile: cProfile.Profile, count: int) -> list[tuple[str, float]]:
    """The checkout's own functions that take longest: name and ms a frame, descendants included."""
    rows = []
    for (file, _, name), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file.startswith(sys.path[0]) and not name.startswith("<"):
            rows.append((f"{Path(file).stem}.{name}", 1000 * cumulative / count))
    return sorted(rows, key=lambda row: -row[1])[:STAGES_SHOWN]


if __name__ == "__main__":
    checkout, kind, photo, speech, folder, size = sys.argv[1:]
    sys.path[0] = checkout
    {"first_frame": first_frame, "frames": frames}[kind](photo, speech, folder, int(size))
