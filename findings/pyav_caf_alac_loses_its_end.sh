#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8), two seconds of lossless sound (ALAC) in Core Audio Format, in which recorders and editors of Macs and
# iPhones keep it, and the same in MP4.
# SEEN: of 88,200 samples 86,288 come back, though the stream's duration says 88,200: the last packet holds 2,184 samples
#       of 4,096, and the 1,912 that it is shorter by are taken off once more. Up to 93 ms of the end are gone; a sound
#       that fills its last packet is whole. In MP4 all 88,200 come back.
# A GOOD GUESS SAID: a lossless sound comes back whole in both.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys
from fractions import Fraction

import av
import numpy as np

RATE = 44_100


def kept(path, count):
    """Samples that come back of so many, and whether they are those that were written; the stated number."""
    sound = np.random.default_rng(0).integers(-9000, 9000, (1, count)).astype(np.int16)
    with av.open(path, "w") as output:
        stream = output.add_stream("alac", rate=RATE, layout="mono")
        for start in range(0, count, 1024):
            frame = av.AudioFrame.from_ndarray(sound[:, start : start + 1024].copy(), format="s16p", layout="mono")
            frame.rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with av.open(path) as source:
        stated = round(source.streams.audio[0].duration * source.streams.audio[0].time_base * RATE)
        back = np.concatenate([frame.to_ndarray().reshape(-1) for frame in source.decode(audio=0)])
    back = back / 256 ** (back.itemsize - 2)
    return len(back), bool((back == sound[0, : len(back)]).all()), stated


seen = {(name, count): kept(f"{sys.argv[1]}/a.{name}", count) for name in ("caf", "m4a") for count in (88_200, 90_112)}
print("samples back, equal, stated:", seen)
told = {case: (case[1], True, case[1]) for case in seen}
told["caf", 88_200] = 86_288, True, 88_200
sys.exit(seen != told)
P
