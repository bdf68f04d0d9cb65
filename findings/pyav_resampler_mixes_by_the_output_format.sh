#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8), AudioResampler from and to other numbers of channels, with 0.5 in every channel.
# SEEN: stereo to mono gives 0.5 in 16 bits and 0.707 in floats, 5.1 to mono 0.5 and 1.707, 5.1 to stereo 0.5 and 1.207,
#       whatever the input's format: only a mix into integers is scaled down so that it cannot overflow. Mono to stereo
#       gives 0.354 in each channel, in both.
# A GOOD GUESS SAID: the format changes the resolution, not the loudness, and mono to stereo copies the channel.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - <<'P'
import sys

import av
import numpy as np

seen = {}
for source, channels in (("mono", 1), ("stereo", 2), ("5.1", 6)):
    for target in ("mono", "stereo"):
        levels = []
        for form, unit in (("s16", 32768), ("fltp", 1)):
            sound = np.full((1, 4800 * channels), 16384, np.int16)
            frame = av.AudioFrame.from_ndarray(sound, format="s16", layout=source)
            frame.rate = 48_000
            mixed = av.AudioResampler(form, target, 48_000).resample(frame)[0].to_ndarray()
            levels.append(round(float(mixed[0, 2400]) / unit, 2))
        seen[source, target] = tuple(levels)
        print(f"{source} to {target}: {levels[0]} in 16 bits, {levels[1]} in floats")
wanted = {
    ("mono", "mono"): (0.5, 0.5),
    ("mono", "stereo"): (0.35, 0.35),
    ("stereo", "mono"): (0.5, 0.71),
    ("stereo", "stereo"): (0.5, 0.5),
    ("5.1", "mono"): (0.5, 1.71),
    ("5.1", "stereo"): (0.5, 1.21),
}
sys.exit(seen != wanted)
P
