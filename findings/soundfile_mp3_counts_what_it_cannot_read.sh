#!/usr/bin/env bash
# soundfile 0.14.0 (libsndfile 1.2.2), a constant-rate MP3 without the Info frame (a stream, or parts put together).
# SEEN: info().frames, and len() of SoundFile, count some hundred samples more than read() gives (here 564): buffers made by the count keep
#       an end that was never written. With the Info frame both are the number that was encoded. What is read is
#       1,105 samples late, the delay of encoder and decoder; the same in PyAV 18.1.0.
# A GOOD GUESS SAID: without the frame the delay stays in the sound, and the count is that of what is read.
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

path, count, rate = sys.argv[1] + "/a.mp3", 66_150, 44_100
sound = (0.3 * np.sin(np.arange(count) / 32) * np.sin(np.arange(count) / 5000)).astype(np.float32)


def encode(info):
    with av.open(path, "w", options={"write_xing": str(int(info))}) as output:
        stream = output.add_stream("libmp3lame", rate=rate, layout="mono")
        for start in range(0, count, 1024):
            part = sound[None, start : start + 1024]
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    read = soundfile.read(path)[0]
    with av.open(path) as container:
        in_pyav = sum(frame.samples for frame in container.decode(audio=0))
    late = [float(np.dot(read[3000 + lag : 60_000 + lag], sound[3000:60_000])) for lag in range(1200)]
    return soundfile.info(path).frames, len(read), in_pyav, int(np.argmax(late))


seen = {info: encode(info) for info in (True, False)}
print("Info frame: (soundfile's count, soundfile's samples, PyAV's samples, samples late):", seen)
sys.exit(seen != {True: (count, count, count, 0), False: (68_532, 67_968, 67_968, 1105)})
P
