#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8), Stream.start_time of a Matroska video with few pictures (a slide) and a sound that sets in
# half a second later.
# SEEN: the picture's packets start at 10.0 s and its frames decode at 10.0 s, yet its start_time is 10.5 s, that of the
#       sound: who takes the difference of the two start times as the offset finds none. With 50 pictures it is 10.0 s.
# A GOOD GUESS SAID: start_time is the time of the track's own first packet, however many there are.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys
from fractions import Fraction

import av
import numpy as np


def starts(pictures):
    path = f"{sys.argv[1]}/{pictures}.mkv"
    with av.open(path, "w") as output:
        video = output.add_stream("libx264", rate=1000, options={"bf": "0"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = output.add_stream("pcm_s16le", rate=16000, layout="mono")
        for number in range(pictures):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = 10_000 + 40 * number, Fraction(1, 1000)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        for number in range(16):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1000), np.int16), format="s16", layout="mono")
            frame.rate, frame.pts, frame.time_base = 16000, 168_000 + 1000 * number, Fraction(1, 16000)
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    with av.open(path) as container:
        said = [float(stream.start_time * stream.time_base) for stream in container.streams]
        return *said, next(container.decode(video=0)).time


seen = {pictures: starts(pictures) for pictures in (2, 50)}
print("pictures: (start of picture, start of sound, first frame):", seen)
sys.exit(seen != {2: (10.5, 10.5, 10.0), 50: (10.0, 10.5, 10.0)})
P
