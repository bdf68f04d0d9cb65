#!/usr/bin/env bash
# moviepy 2.2.1 with imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2), an MP4 of 64 × 48 filmed upright (matrix: 90° clockwise).
# SEEN: clip.size is [64, 48] and rotation 0, as if nothing were turned; yet frames are turned, and pressed into 64 × 48:
#       every face is almost twice as wide as it was.
# A GOOD GUESS SAID: upright frames of 48 × 64; at worst they lie on their side.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" moviepy==2.2.1 imageio-ffmpeg==0.8.1 \
    av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" -W ignore - "$d" <<'P'
import sys

import av
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
rows = (0, 1, 0, -1, 0, 0)  # a quarter turn clockwise
content[start : start + 24] = b"".join((v << 16).to_bytes(4, "big", signed=True) for v in rows)
open(path, "wb").write(content)
clip = moviepy.VideoFileClip(path)
frame = clip.get_frame(0).mean(2)
light = frame > 125  # stored: 32 wide, 24 high; upright: 24 wide, 32 high
columns, rows = np.flatnonzero(light.any(0)), np.flatnonzero(light.any(1))
box = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
print("size", clip.size, "rotation", clip.rotation, "frame", frame.shape, "light in columns and rows", box)
sys.exit((list(clip.size), clip.rotation, frame.shape, box) != ([64, 48], 0, (48, 64), (32, 64, 0, 24)))
P
