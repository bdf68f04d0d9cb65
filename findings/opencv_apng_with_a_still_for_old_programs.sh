#!/usr/bin/env bash
# opencv-python-headless 4.11.0.86, imreadmulti of an animated PNG with a still in front for programs that know no
# animations (the default image, which is no frame of it).
# SEEN: it takes the still for the first frame and loses the last: of still 0 and frames 80, 160, 240 come 0, 80, 160,
#       and imcount says 3, the true number. Without a still all frames come. Pillow 13.0.0 counts 4 and gives all.
# A GOOD GUESS SAID: the three frames of the animation.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" opencv-python-headless==4.11.0.86 \
    pillow==13.0.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

import cv2
from PIL import Image

path, seen = sys.argv[1] + "/a.png", {}
pictures = [Image.new("RGB", (16, 16), (grey, grey, grey)) for grey in (0, 80, 160, 240)]
for still in (False, True):
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100, default_image=still)
    shown = [int(frame.mean()) for frame in cv2.imreadmulti(path)[1]]
    seen[still] = shown, cv2.imcount(path), Image.open(path).n_frames
print("a still in front: (frames, OpenCV's count, Pillow's count)", seen)
sys.exit(seen != {False: ([0, 80, 160, 240], 4, 4), True: ([0, 80, 160], 3, 4)})
P
