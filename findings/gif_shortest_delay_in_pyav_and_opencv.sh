#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8) and opencv-python-headless 4.11.0.86, one GIF whose frames are shown for 0, 10, 20 and 500 ms.
# SEEN: no delay at all is 100 ms in both. A delay of 10 ms is 10 ms in PyAV and 100 ms in OpenCV: the two readers, both
#       on FFmpeg, run apart by 90 ms at each such frame.
# A GOOD GUESS SAID: FFmpeg's reader of GIF takes delays below 20 ms for 100 ms, so both say 100 ms.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 pillow==13.0.0 numpy==1.26.4 \
    opencv-python-headless==4.11.0.86
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

import av
import cv2
from PIL import Image

path = sys.argv[1] + "/a.gif"
frames = [Image.new("L", (16, 16), grey) for grey in (0, 80, 160, 240)]
frames[0].save(path, save_all=True, append_images=frames[1:], duration=[0, 10, 20, 500])
with av.open(path) as container:
    in_pyav = [round(1000 * frame.time) for frame in container.decode(video=0)]
capture, in_opencv = cv2.VideoCapture(path), []
while capture.read()[0]:
    in_opencv.append(round(capture.get(cv2.CAP_PROP_POS_MSEC)))
print("frames begin at, ms: PyAV", in_pyav, "OpenCV", in_opencv)
sys.exit((in_pyav, in_opencv) != ([0, 100, 110, 130], [0, 100, 200, 220]))
P
