#!/usr/bin/env bash
# webrtcvad-wheels 2.0.14.post1 (WebRTC's detector of speech), a voice-like sound at its level and 30 and 40 dB quieter.
# SEEN: with aggressiveness 3, 0.84 of the blocks are speech, then 0.17 and 0.02; with 0 it is 0.97, 0.93 and 0.90. So the
#       strictest mode, chosen against noise, drops clean speech of a distant microphone nearly whole.
# A GOOD GUESS SAID: the same decisions at every level, as the detector adapts to the noise in the signal.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" webrtcvad-wheels==2.0.14.post1 numpy==1.26.4
PYTHONPATH=$d "$python" -W ignore - <<'P'
import sys

import numpy as np
import webrtcvad

rate = 16_000
time = np.arange(6 * rate) / rate
pitch = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * time)) / rate
voice = sum(np.sin(k * pitch) * np.exp(-(((k * 120 - f) / 200) ** 2)) for k in range(1, 30) for f in (500, 1500, 2500))
voice = 0.5 * voice / np.abs(voice).max() * (np.sin(2 * np.pi * 2 * time) > -0.3)  # syllables
voice += 1e-4 * np.random.default_rng(0).standard_normal(len(voice))
seen = {}
for mode in (0, 3):
    for level in (0, -30, -40):
        detector = webrtcvad.Vad(mode)
        samples = np.round(voice * 10 ** (level / 20) * 32767).astype(np.int16)
        blocks = [samples[start : start + 480].tobytes() for start in range(0, len(samples) - 480, 480)]
        seen[mode, level] = round(float(np.mean([detector.is_speech(block, rate) for block in blocks])), 2)
print("(aggressiveness, dB): share of blocks that are speech", seen)
strict, mild = ([seen[mode, level] for level in (0, -30, -40)] for mode in (3, 0))
sys.exit(not (strict[0] > 0.75 and strict[1] < 0.3 and strict[2] < 0.1 and min(mild) > 0.8))
P
