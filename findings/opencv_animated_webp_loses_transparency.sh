#!/usr/bin/env bash
# opencv-python-headless 4.11.0.86, imreadanimation and imwriteanimation (new in 4.11) with a cut-out head on nothing, as
# animated WebP and as APNG; Pillow 12.3.0 writes and reads the same.
# SEEN: of the WebP come frames of three channels, what was transparent is black. Written by OpenCV from frames of four
#       channels it is opaque black, too. APNG keeps transparency both ways, and so does imread of a WebP that stands
#       still. Durations are right in all of them.
# A GOOD GUESS SAID: both formats keep their transparency.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" opencv-python-headless==4.11.0.86 numpy==1.26.4 \
    pillow==12.3.0
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

import cv2
import numpy as np
from PIL import Image

times = [40, 80, 400]
frames = np.zeros((3, 48, 64, 4), np.uint8)
for k, frame in enumerate(frames):
    frame[8:40, 10 + 8 * k : 30 + 8 * k] = 200, 120, 40, 255
pictures = [Image.fromarray(frame) for frame in frames]
seen = {}
for name in ("webp", "png"):
    path = f"{sys.argv[1]}/a.{name}"
    options = {"lossless": True} if name == "webp" else {}
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=times, **options)
    read = cv2.imreadanimation(path)[1]
    assert list(np.ravel(read.durations)) == times
    animation = cv2.Animation()
    animation.frames, animation.durations = [cv2.cvtColor(frame, cv2.COLOR_RGBA2BGRA) for frame in frames], times
    cv2.imwriteanimation(path, animation)
    with Image.open(path) as written:
        corner = written.convert("RGBA").getpixel((0, 0))
    pictures[0].save(path, **options)
    still = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    seen[name] = read.frames[1].shape[2], corner[3], still.shape[2]
print("channels read, alpha of a written corner, channels of a still:", seen)
sys.exit(seen != {"webp": (3, 255, 4), "png": (4, 0, 4)})
P
