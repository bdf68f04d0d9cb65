#!/usr/bin/env bash
# PyAV 18.1.0, VideoFrame.rotation of an MP4 whose display matrix mirrors (front cameras, editors).
# SEEN: a mirror left-right gives -180, a mirror top-bottom gives 0, both diagonal mirrors give the angles of plain
#       quarter turns (-90 and 90): a program that turns by `rotation` shows selfies upside down.
# A GOOD GUESS SAID: 0 for every mirror, as a mirror is no rotation.
# The matrix itself lies in frame.side_data (DISPLAYMATRIX).
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

import av
import numpy as np

path = sys.argv[1] + "/a.mp4"
with av.open(path, "w") as output:
    stream = output.add_stream("libx264", rate=25)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for _ in range(3):
        output.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
    output.mux(stream.encode(None))
plain = open(path, "rb").read()
start = plain.index(b"tkhd") + 44
# Where a step to the right and a step down of the stored picture lead on the screen.
matrices = {
    "plain": (1, 0, 0, 0, 1, 0),
    "quarter turn clockwise": (0, 1, 0, -1, 0, 0),
    "mirrored left-right": (-1, 0, 0, 0, 1, 0),
    "mirrored top-bottom": (1, 0, 0, 0, -1, 0),
    "mirrored at the diagonal": (0, 1, 0, 1, 0, 0),
    "mirrored at the other diagonal": (0, -1, 0, -1, 0, 0),
}
seen = {}
for name, matrix in matrices.items():
    rows = b"".join((v << 16).to_bytes(4, "big", signed=True) for v in matrix)
    open(path, "wb").write(plain[:start] + rows + plain[start + 24 :])
    with av.open(path) as container:
        seen[name] = next(container.decode(video=0)).rotation
print(seen)
sys.exit(list(seen.values()) != [0, -90, -180, 0, -90, 90])
P
