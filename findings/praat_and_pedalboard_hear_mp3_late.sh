#!/usr/bin/env bash
# praat-parselmouth 0.4.7 (Praat 6.4), pedalboard 0.9.26, miniaudio 1.71, soundfile 0.14.0: one MP3 of 16 kHz as LAME writes
# it, whose Info frame states the delay of the encoder, and the same without that frame.
# SEEN: soundfile and miniaudio give the samples that were encoded. pedalboard is 1,105 samples late, 69 ms. Praat is 1,056
#       late, 66 ms: it decodes the Info frame as if it were sound, and takes off 625 samples that are none; without the
#       frame it is 480 late, 30 ms, and all others 1,105. So boundaries labelled in Praat do not fit what the others
#       read from the same file, by a phoneme's length, and by another amount for each file.
# A GOOD GUESS SAID: Praat and pedalboard leave the Info frame aside: 1,105 samples late with and without it.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" soundfile==0.14.0 av==18.1.0 numpy==1.26.4 \
    praat-parselmouth==0.4.7 pedalboard==0.9.26 miniaudio==1.71
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys
from fractions import Fraction

import av
import miniaudio
import numpy as np
import parselmouth
import soundfile
from pedalboard.io import AudioFile

path, count, rate = sys.argv[1] + "/a.mp3", 24_000, 16_000
sound = (0.3 * np.sin(np.arange(count) / 12) * np.sin(np.arange(count) / 1900)).astype(np.float32)


def read():
    with AudioFile(path) as file:
        board = file.read(file.frames)[0]
    return {
        "soundfile": soundfile.read(path)[0],
        "miniaudio": np.array(miniaudio.decode_file(path, nchannels=1, sample_rate=rate).samples) / 32768,
        "pedalboard": board,
        "Praat": parselmouth.Sound(path).values[0],
    }


def late(info):
    with av.open(path, "w", options={"write_xing": str(int(info))}) as output:
        stream = output.add_stream("libmp3lame", rate=rate, layout="mono")
        for start in range(0, count, 1024):
            frame = av.AudioFrame.from_ndarray(sound[None, start : start + 1024], format="fltp", layout="mono")
            frame.rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    part = sound[4000:20_000]
    return {
        name: int(np.argmax([part @ heard[4000 + lag : 20_000 + lag] for lag in range(1300)]))
        for name, heard in read().items()
    }


seen = {info: late(info) for info in (True, False)}
print("Info frame: samples late:", seen)
with_info = {"soundfile": 0, "miniaudio": 0, "pedalboard": 1105, "Praat": 1056}
sys.exit(seen != {True: with_info, False: {**dict.fromkeys(with_info, 1105), "Praat": 480}})
P
