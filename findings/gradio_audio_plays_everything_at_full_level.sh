#!/usr/bin/env bash
# gradio 6.31.0, what the Audio component makes of an array that a function returns, a sine of peak 0.01.
# SEEN: floats, in [-1, 1] as everywhere, are raised until their peak is 1.0: a whisper and a shout come out equally loud,
#       and a quiet result is 40 dB louder than it was made. The same sound in 16 or 32-bit integers keeps its level.
# A GOOD GUESS SAID: floats are multiplied by 32767, the level is kept in all of them.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" gradio==6.31.0 soundfile==0.14.0 numpy==1.26.4
export GRADIO_TEMP_DIR=$d/files GRADIO_ANALYTICS_ENABLED=False
PYTHONPATH=$d "$python" -W ignore - <<'P'
import sys

import gradio
import numpy as np
import soundfile

sine, seen = 0.01 * np.sin(np.arange(16_000) / 10), {}
arrays = {"float32": sine.astype(np.float32), "float64": sine}
arrays |= {"int16": (sine * 2**15).astype(np.int16), "int32": (sine * 2**31).astype(np.int32)}
for name, array in arrays.items():
    file = gradio.Audio().postprocess((16_000, array))
    seen[name] = round(float(np.abs(soundfile.read(file.path)[0]).max()), 2)
print("peak in the file:", seen)
sys.exit(seen != {"float32": 1.0, "float64": 1.0, "int16": 0.01, "int32": 0.01})
P
