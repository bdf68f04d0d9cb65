#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8), an animated AVIF of four frames (50, 100, 200 and 400 ms), as Pillow 12.3.0 writes it.
# SEEN: video track 0, the one that decode(video=0) takes, holds one frame, the still for programs that know no
#       animations; the animation is track 1. Both are marked as the default, and the file says 0.75 s.
# A GOOD GUESS SAID: one track with four frames at the right times.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 pillow==12.3.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" 2>/dev/null <<'P'
import sys

import av
from av.stream import Disposition
from PIL import Image

path, seen = sys.argv[1] + "/a.avif", []
frames = [Image.new("RGB", (64, 48), (grey, grey, grey)) for grey in (0, 80, 160, 240)]
frames[0].save(path, save_all=True, append_images=frames[1:], duration=[50, 100, 200, 400])
with av.open(path) as container:
    tracks, duration = len(container.streams.video), container.duration
for track in range(tracks):
    with av.open(path) as container:
        times = [round(1000 * frame.time) for frame in container.decode(video=track)]
        seen.append((times, bool(container.streams.video[track].disposition & Disposition.default)))
print("tracks (times in ms, default):", seen, "duration of the file:", duration)
sys.exit((seen, duration) != ([([0], True), ([0, 50, 150, 350], True)], 750_000))
P
