#!/usr/bin/env bash
# opencv-python-headless 4.11.0.86, VideoCapture on an MP4 that a phone filmed upright (display matrix: 90° clockwise).
# SEEN: CAP_PROP_ORIENTATION_META says 90, CAP_PROP_ORIENTATION_AUTO is 0 from the start, and frames come as they are
#       stored, lying on their side. After set(CAP_PROP_ORIENTATION_AUTO, 1) they stand, but then a clip mirrored
#       left-right is turned by 180° (upside down, and mirrored the other way).
# A GOOD GUESS SAID: frames are turned unless one switches that off, and mirrored clips stay as they are.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" opencv-python-headless==4.11.0.86 \
    av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

import av
import cv2
import numpy as np

path = sys.argv[1] + "/a.mp4"
image = np.full((48, 64, 3), 255, np.uint8)
image[:24, :32] = 0  # dark at top left
with av.open(path, "w") as output:
    stream = output.add_stream("libx264", rate=25)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for _ in range(3):
        output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
    output.mux(stream.encode(None))
plain = open(path, "rb").read()
start = plain.index(b"tkhd") + 44


def read(matrix, auto):
    rows = b"".join((v << 16).to_bytes(4, "big", signed=True) for v in matrix)
    open(path, "wb").write(plain[:start] + rows + plain[start + 24 :])
    capture = cv2.VideoCapture(path)
    default = capture.get(cv2.CAP_PROP_ORIENTATION_AUTO)
    if auto:
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    frame = capture.read()[1].mean(2)
    rows, columns = frame.shape[0] // 2, frame.shape[1] // 2
    dark = int(np.argmin([frame[y:, x:][:rows, :columns].mean() for y in (0, rows) for x in (0, columns)]))
    places = ("top left", "top right", "bottom left", "bottom right")
    return default, capture.get(cv2.CAP_PROP_ORIENTATION_META), frame.shape, places[dark]


clockwise, mirrored = (0, 1, 0, -1, 0, 0), (-1, 0, 0, 0, 1, 0)
seen = [read(clockwise, False), read(clockwise, True), read(mirrored, True)]
print(*seen, sep="\n")
wanted = [(0.0, 90.0, (48, 64), "top left"), (0.0, 90.0, (64, 48), "top right"), (0.0, 180.0, (48, 64), "bottom right")]
sys.exit(seen != wanted)
P
