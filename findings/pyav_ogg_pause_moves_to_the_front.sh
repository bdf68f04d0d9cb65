#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8), an Ogg Opus recording of 1.5 s with a pause of 2 s after 0.7 s, written with the right stamps.
# SEEN: the whole sound comes back in one piece at 2.0 s: a page of Ogg holds a second of packets but states only the
#       time of its last one, so the pause lands before the first sample, and start_time says 2.0 s. The same packets
#       in Matroska come back at 0 s with the pause where it was.
# A GOOD GUESS SAID: the pause stays where it was in both.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys
from fractions import Fraction

import av
import numpy as np


def times(name):
    path = f"{sys.argv[1]}/{name}"
    with av.open(path, "w") as output:
        stream = output.add_stream("libopus", rate=48_000, layout="mono")
        for start in range(0, 72_000, 960):
            tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(start, start + 960) / 48_000)
            frame = av.AudioFrame.from_ndarray((tone * 32767).astype(np.int16)[None], format="s16", layout="mono")
            frame.rate, frame.time_base = 48_000, Fraction(1, 48_000)
            frame.pts = start + (96_000 if start >= 33_600 else 0)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with av.open(path) as container:
        frames = list(container.decode(audio=0))
    steps = [b.time - a.time - a.samples / 48_000 for a, b in zip(frames, frames[1:])]
    return round(frames[0].time, 1), round(max(steps), 1)


seen = {name: times(name) for name in ("a.ogg", "a.mka")}
print("file: (time of the first sound, longest pause), s:", seen)
sys.exit(seen != {"a.ogg": (2.0, 0.0), "a.mka": (0.0, 2.0)})
P
