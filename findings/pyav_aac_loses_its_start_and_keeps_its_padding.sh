#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8), decoding AAC in MP4: the file says how many samples are sound and how many are padding.
# SEEN: of 66,150 samples encoded, 66,560 come back: the 1,024 samples of the encoder's delay are cut off at the start, the
#       410 samples that fill up the last packet stay, though stream.duration says 66,150.
# A GOOD GUESS SAID: both ends are trimmed, or none is.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys
from fractions import Fraction

import av
import numpy as np

path, count, rate = sys.argv[1] + "/a.m4a", 66_150, 44_100
sound = (0.5 * np.sin(2 * np.pi * 440 * np.arange(count) / rate)).astype(np.float32)
with av.open(path, "w") as output:
    stream = output.add_stream("aac", rate=rate, layout="mono")
    for start in range(0, count, 1024):
        part = sound[start : start + 1024]
        frame = av.AudioFrame.from_ndarray(part[None], format="fltp", layout="mono")
        frame.rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))
with av.open(path) as container:
    stream = container.streams.audio[0]
    decoded = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(stream)])
    said = round(stream.duration * stream.time_base * rate)
lag = int(np.argmax([np.dot(decoded[2000 + k : 40000 + k], sound[2000:40000]) for k in range(-50, 51)])) - 50
print(f"encoded {count}, decoded {len(decoded)}, stated {said}, delay {lag} samples")
sys.exit((len(decoded), said, lag) != (66_560, count, 0))
P
