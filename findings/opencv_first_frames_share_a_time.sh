#!/usr/bin/env bash
# opencv-python-headless 4.11.0.86, CAP_PROP_POS_MSEC of an MP4 with B-frames whose composition offsets are negative
# (ctts version 1, as Apple's and other encoders write it; no edit list), 25 frames a second.
# SEEN: the first two frames are both at 40 ms; from the third on the time is right. PyAV 18.1.0 says 0, 40, 80 ms. The
#       same film with an edit list in the place of negative offsets is at 0, 40, 80 ms in both.
# A GOOD GUESS SAID: the two ways to write it are read alike, the first frame is at 0.
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


def times(flags):
    path = sys.argv[1] + "/a.mp4"
    with av.open(path, "w", options=flags) as output:
        stream = output.add_stream("libx264", rate=25, options={"bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(50):
            image = np.full((48, 64, 3), 5 * number, np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(stream.encode(None))
    with av.open(path) as container:
        in_pyav = [round(1000 * frame.time) for frame in container.decode(video=0)][:4]
    capture, in_opencv = cv2.VideoCapture(path), []
    while capture.read()[0]:
        in_opencv.append(round(capture.get(cv2.CAP_PROP_POS_MSEC)))
    return in_pyav, in_opencv[:4]


seen = {"edit list": times({}), "negative offsets": times({"movflags": "negative_cts_offsets"})}
print("(PyAV, OpenCV), ms:", seen)
even = [0, 40, 80, 120]
sys.exit(seen != {"edit list": (even, even), "negative offsets": (even, [40, 40, 80, 120])})
P
