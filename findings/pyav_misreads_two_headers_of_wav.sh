#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8) and pydub 0.25.1, two kinds of WAV: RIFX, in which all numbers are big-endian, and
# WAVE_FORMAT_EXTENSIBLE with 24 valid bits in the place of 32, as Windows records.
# SEEN, RIFX: both take the samples for little-endian ones: noise at nearly full level, no error. The header's own numbers
#       (rate, channels) are read right.
# SEEN, 24 in 32: PyAV takes the integers for floats (codec pcm_f24le, of an old program): what comes is no sound of theirs,
#       up to values that are not finite. pydub is right.
# soundfile 0.14.0, SciPy 1.17.1 and miniaudio 1.71 read both right.
# A GOOD GUESS SAID: both are read right, or RIFX is refused.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 soundfile==0.14.0 scipy==1.17.1 \
    miniaudio==1.71 pydub==0.25.1 numpy==1.26.4 audioop-lts==0.2.1\;python_version\>\"3.12\"
PYTHONPATH=$d "$python" -W ignore - "$d" <<'P'
import sys
from pathlib import Path

import av
import miniaudio
import numpy as np
import scipy.io.wavfile
import soundfile
from pydub import AudioSegment

sine = 0.3 * np.sin(np.arange(16_000) / 10)
rifx, wide = sys.argv[1] + "/a.wav", sys.argv[1] + "/b.wav"
soundfile.write(rifx, sine, 16_000, "PCM_16", endian="BIG")
soundfile.write(wide, sine, 16_000, "PCM_32", format="WAVEX")
content = bytearray(Path(wide).read_bytes())
content[content.index(b"fmt ") + 26] = 24  # valid bits
Path(wide).write_bytes(content)


def by_pyav(path):
    with av.open(path) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def like(sound):
    sound = np.nan_to_num(np.asarray(sound, float), posinf=0, neginf=0)[: len(sine)]
    return round(abs(float(sound @ sine)) / float(np.linalg.norm(sound) * np.linalg.norm(sine) + 1e-9), 2)


readers = {
    "pyav": by_pyav,
    "pydub": lambda path: AudioSegment.from_wav(path).get_array_of_samples(),
    "soundfile": lambda path: soundfile.read(path)[0],
    "scipy": lambda path: scipy.io.wavfile.read(path)[1],
    "miniaudio": lambda path: miniaudio.decode_file(path, nchannels=1, sample_rate=16_000).samples,
}
seen = {name: (like(read(rifx)), like(read(wide))) for name, read in readers.items()}
print("likeness to the sine (RIFX, 24 in 32):", seen)
right = all(seen[name] == (1.0, 1.0) for name in ("soundfile", "scipy", "miniaudio"))
sys.exit(not (right and max(*seen["pyav"], seen["pydub"][0]) < 0.5 and seen["pydub"][1] == 1.0))
P
