#!/usr/bin/env bash
# imageio 2.38.1 with imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2), a film of changing frame rate as phones record in the dark: 25
# frames of 20 ms, then 25 of 100 ms.
# SEEN: the plugin FFMPEG gives 150 frames and says fps 16.77: that is 8.9 s for a film of 3 s. Frames are repeated up to
#       the fastest rate, 50 a second, which nothing states. The plugin pyav gives the 50 frames there are.
# A GOOD GUESS SAID: frames are repeated or dropped up to the mean rate that the metadata say, 50 in all.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" imageio==2.38.1 imageio-ffmpeg==0.8.1 \
    av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" -W ignore - "$d" <<'P'
import sys
from fractions import Fraction

import av
import imageio.v3 as iio
import numpy as np

path, time = sys.argv[1] + "/a.mp4", 0
with av.open(path, "w") as output:
    stream = output.add_stream("libx264", rate=1000, options={"bf": "0"})
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for number in range(50):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 5 * number, np.uint8), format="rgb24")
        frame.pts, frame.time_base = time, Fraction(1, 1000)
        time += 20 if number < 24 else 100
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))
seen = {plugin: sum(1 for _ in iio.imiter(path, plugin=plugin)) for plugin in ("FFMPEG", "pyav")}
about = iio.immeta(path, plugin="FFMPEG")
print("frames:", seen, "FFMPEG says fps", about["fps"], "duration", about["duration"])
sys.exit((seen, about["fps"], about["duration"]) != ({"FFMPEG": 150, "pyav": 50}, 16.77, 2.98))
P
