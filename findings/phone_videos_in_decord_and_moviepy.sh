#!/usr/bin/env bash
# decord 0.6.0; moviepy 2.2.1 with imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2). An MP4 of 64 × 48 that a phone filmed upright
# (display matrix: 90° clockwise).
# SEEN, decord: a frame has the shape (64, 48, 4) in the place of (64, 48, 3), and its bytes are those of the turned
#       picture in THREE channels, read as four: sheared into stripes, its last quarter is no picture at all. get_batch
#       refuses the file ("The size must exactly match"). Without the matrix both are right.
# SEEN, moviepy: size [64, 48] and rotation 0, as if nothing were turned; yet frames are turned, and pressed into
#       64 × 48: every face is almost twice as wide as it was.
# A GOOD GUESS SAID: decord gives frames as they are stored, moviepy upright ones of 48 × 64; at worst both lie.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" decord==0.6.0 moviepy==2.2.1 \
    imageio-ffmpeg==0.8.1 av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" -W ignore - "$d" <<'P'
import sys

import av
import decord
import moviepy
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
matrix = (0, 1, 0, -1, 0, 0)  # a quarter turn clockwise
content[start : start + 24] = b"".join((v << 16).to_bytes(4, "big", signed=True) for v in matrix)
open(path, "wb").write(content)
frame = decord.VideoReader(path)[0].asnumpy()
packed = frame.reshape(-1)[: 64 * 48 * 3].reshape(64, 48, 3)
light = [bool(packed[y, x].min() > 240) for y, x in ((5, 5), (5, 40), (60, 5), (60, 40))]
try:
    refused = not decord.VideoReader(path).get_batch([0, 1])
except decord.DECORDError as error:
    refused = "must exactly match" in str(error)
print("decord", frame.shape, "light in packed threes (top left, top right, …):", light, "get_batch refuses:", refused)
seen = [(frame.shape, light, refused) == ((64, 48, 4), [False, True, False, False], True)]
clip = moviepy.VideoFileClip(path)
bright = clip.get_frame(0).mean(2) > 125  # stored: 32 wide, 24 high; upright: 24 wide, 32 high
columns, rows = np.flatnonzero(bright.any(0)), np.flatnonzero(bright.any(1))
box = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
print("moviepy", clip.size, "rotation", clip.rotation, "frame", bright.shape, "light in columns and rows", box)
seen.append((list(clip.size), clip.rotation, bright.shape, box) == ([64, 48], 0, (48, 64), (32, 64, 0, 24)))
sys.exit(not all(seen))
P
