#!/usr/bin/env bash
# pydub 0.25.1, a WAV of 32-bit floats in WAVE_FORMAT_EXTENSIBLE, the header that Microsoft asks for beyond 16 bits.
# SEEN: it takes the bits of the floats for integers: a sine of peak 0.25 comes as noise of an RMS of about 0.5 in the
#       place of 0.18, without an error or a warning. soundfile 0.14.0 reads it right. gradio 6.31.0 reads the sounds of
#       its Audio component (type numpy) by pydub, and hears the noise, too.
# A GOOD GUESS SAID: the same sound, in integers.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pydub==0.25.1 soundfile==0.14.0 numpy==1.26.4
PYTHONPATH=$d "$python" -W ignore - "$d" <<'P'
import sys

import numpy as np
import pydub
import soundfile

path = sys.argv[1] + "/a.wav"
sound = (0.25 * np.sin(np.arange(16_000) / 10)).astype(np.float32)
soundfile.write(path, sound, 16_000, format="WAVEX", subtype="FLOAT")
heard = soundfile.read(path)[0]
segment = pydub.AudioSegment.from_file(path)
integers = np.array(segment.get_array_of_samples()) / 2.0 ** (8 * segment.sample_width - 1)
levels = [round(float(np.sqrt((one**2).mean())), 2) for one in (heard, integers)]
print("RMS of 0.25 sin in soundfile and pydub:", levels, "bytes a sample in pydub:", segment.sample_width)
sys.exit(not (levels[0] == 0.18 and levels[1] > 0.4))
P
