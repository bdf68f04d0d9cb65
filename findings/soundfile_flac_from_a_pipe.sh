#!/usr/bin/env bash
# soundfile 0.14.0 (libsndfile 1.2.2), a FLAC file that an encoder wrote to a pipe: it could not go back to note the
# number of samples, which the format allows (total samples 0: unknown).
# SEEN: read() raises ValueError (array is too big), blocks() LibsndfileError (psf_fseek failed), info().frames is
#       2^63 - 1; read(frames=N) works, and so does PyAV 18.1.0.
# A GOOD GUESS SAID: the number is not known beforehand, read() gives all samples.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" soundfile==0.14.0 av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys
from fractions import Fraction

import av
import numpy as np
import soundfile


class Pipe:
    """Can be written only."""

    def __init__(self, path):
        self.write = open(path, "wb", buffering=0).write


def attempt(work):
    try:
        return work()
    except Exception as error:
        return type(error).__name__


path = sys.argv[1] + "/a.flac"
sound = (8000 * np.sin(np.arange(32_000) / 20)).astype(np.int16)
with av.open(Pipe(path), "w", format="flac") as output:
    stream = output.add_stream("flac", rate=16_000, layout="mono")
    for start in range(0, len(sound), 4000):
        frame = av.AudioFrame.from_ndarray(sound[None, start : start + 4000], format="s16", layout="mono")
        frame.rate, frame.pts, frame.time_base = 16_000, start, Fraction(1, 16_000)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))
with av.open(path) as container:
    in_pyav = sum(frame.samples for frame in container.decode(audio=0))
seen = [
    soundfile.info(path).frames,
    attempt(lambda: len(soundfile.read(path)[0])),
    attempt(lambda: sum(map(len, soundfile.blocks(path, 1000)))),
    attempt(lambda: len(soundfile.read(path, frames=1000)[0])),
]
print("soundfile: info, read, blocks, read(frames=1000):", seen, "PyAV:", in_pyav)
sys.exit((seen, in_pyav) != ([2**63 - 1, "ValueError", "LibsndfileError", 1000], 32_000))
P
