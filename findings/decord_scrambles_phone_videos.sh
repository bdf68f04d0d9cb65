#!/usr/bin/env bash
# decord 0.6.0, an MP4 of 64 × 48 that a phone filmed upright (display matrix: 90° clockwise).
# SEEN: a frame has the shape (64, 48, 4) in the place of (64, 48, 3), and its bytes are those of the turned picture in
#       THREE channels, read as four: the picture is sheared into stripes, and its last quarter is no picture at all.
#       get_batch refuses the file ("The size must exactly match"). Without the matrix both are right.
# A GOOD GUESS SAID: frames come as they are stored, (48, 64, 3), on their side.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" decord==0.6.0 av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

import av
import decord
import numpy as np

path = sys.argv[1] + "/a.mp4"
image = np.zeros((48, 64, 3), np.uint8)
image[:24, :32] = 250  # light at top left
with av.open(path, "w") as output:
    stream = output.add_stream("libx264", rate=25)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for _ in range(10):
        output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
    output.mux(stream.encode(None))
content = bytearray(open(path, "rb").read())
start = content.index(b"tkhd") + 44
rows = (0, 1, 0, -1, 0, 0)  # a quarter turn clockwise
content[start : start + 24] = b"".join((v << 16).to_bytes(4, "big", signed=True) for v in rows)
open(path, "wb").write(content)
frame = decord.VideoReader(path)[0].asnumpy()
packed = frame.reshape(-1)[: 64 * 48 * 3].reshape(64, 48, 3)
light = [bool(packed[y, x].min() > 240) for y, x in ((5, 5), (5, 40), (60, 5), (60, 40))]
try:
    batch = decord.VideoReader(path).get_batch([0, 1]).shape
except decord.DECORDError as error:
    batch = "must exactly match" in str(error)
print("shape", frame.shape, "light in packed threes (top left, top right, …):", light, "get_batch refuses:", batch)
sys.exit((frame.shape, light, batch) != ((64, 48, 4), [False, True, False, False], True))
P
