#!/usr/bin/env bash
# opencv-python-headless 4.11.0.86 and PyAV 18.1.0, an MP4 of 2 s that an editor trimmed to 0.6 … 1.4 s without
# encoding it anew (an edit list; phones and QuickTime do so).
# SEEN: both show the 20 frames of the trimmed part, the first at 0 s. But OpenCV's CAP_PROP_FRAME_COUNT and PyAV's
#       stream.frames say 50, the frames in the file, while PyAV's stream.duration says 0.8 s: count and duration of one
#       object give 62.5 frames a second for a clip of 25, whose average_rate is right.
# A GOOD GUESS SAID: the count is that of the frames one gets, or at least goes with the duration.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" opencv-python-headless==4.11.0.86 \
    av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import struct
import sys

import av
import cv2
import numpy as np

path = sys.argv[1] + "/a.mp4"
with av.open(path, "w") as output:
    stream = output.add_stream("libx264", rate=25)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for number in range(50):
        image = np.full((48, 64, 3), 5 * number, np.uint8)
        output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
    output.mux(stream.encode(None))
content = bytearray(open(path, "rb").read())
place = content.index(b"elst") + 12  # one entry: length in ms, start and rate in the media
_, start, rate = struct.unpack(">Iii", content[place : place + 12])
clock = struct.unpack(">I", content[content.index(b"mdhd") + 16 :][:4])[0]
content[place : place + 12] = struct.pack(">Iii", 800, start + round(0.6 * clock), rate)
open(path, "wb").write(content)
with av.open(path) as container:
    stream = container.streams.video[0]
    shown = [frame.time for frame in container.decode(stream)]
    in_pyav = stream.frames, len(shown), shown[0], float(stream.duration * stream.time_base), stream.average_rate
capture = cv2.VideoCapture(path)
said, read = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0
while capture.read()[0]:
    read += 1
print("PyAV: (count, frames, first, duration, rate)", in_pyav, "OpenCV: (count, frames)", (said, read))
sys.exit((in_pyav, said, read) != ((50, 20, 0.0, 0.8, 25), 50, 20))
P
