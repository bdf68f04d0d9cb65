#!/usr/bin/env bash
# pyrnnoise 0.4.5 (RNNoise), webrtc-noise-gain 1.3.0 (WebRTC's noise suppression) and noisereduce 3.0.3, as they clean speech
# before a mouth is moved by it: a voice-like sound of 8 s, and how late it comes out of each (cross-correlation).
# SEEN: pyrnnoise 20 ms late, at 48 kHz as at 16 kHz, where it also gives 176 samples less than it took; webrtc-noise-gain
#       6 ms, though it takes and gives blocks of 10 ms one for one. Neither has a number to take off; picture and sound
#       are apart by as much if the cleaned sound moves the mouth and the original is heard. noisereduce 0.
# A GOOD GUESS SAID: RNNoise 10 ms, a block of its own; WebRTC's none, as a block comes back for each that goes in.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pyrnnoise==0.4.5 webrtc-noise-gain==1.3.0 \
    noisereduce==3.0.3 numpy==1.26.4
cd "$d"; PYTHONPATH=$d "$python" - <<'P'
import sys

import noisereduce
import numpy as np
import pyrnnoise
from webrtc_noise_gain import AudioProcessor


def voice(rate):
    time = np.arange(8 * rate) / rate
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(4.4 * time)) / rate
    loud = np.clip(np.sin(6 * np.pi * time) + 0.5, 0, 1)
    return (sum(np.cos(k * phase) / k for k in range(1, 20)) * loud * 3000).astype(np.int16)


def late(sound, cleaned, rate):
    """Milliseconds."""
    count = min(len(sound), len(cleaned))
    spectra = [np.fft.rfft(one[:count].astype(float), 2 * count) for one in (cleaned, sound)]
    shift = int(np.argmax(np.fft.irfft(spectra[0] * spectra[1].conj())))
    return round((shift if shift < count else shift - 2 * count) / rate * 1000)


def rnnoise(rate):
    sound = voice(rate)
    blocks = pyrnnoise.RNNoise(sample_rate=rate).denoise_chunk(sound[None])
    cleaned = np.concatenate([np.squeeze(frame) for _, frame in blocks])
    return late(sound, cleaned, rate), len(cleaned) - len(sound)


sound = voice(16000)
webrtc = AudioProcessor(0, 2)  # no gain, suppression 2 of 4
blocks = [webrtc.Process10ms(sound[at : at + 160].tobytes()).audio for at in range(0, len(sound), 160)]
seen = {
    "rnnoise, 48 kHz": rnnoise(48000),
    "rnnoise, 16 kHz": rnnoise(16000),
    "webrtc": late(sound, np.frombuffer(b"".join(blocks), np.int16), 16000),
    "noisereduce": late(sound, noisereduce.reduce_noise(y=sound.astype(float), sr=16000), 16000),
}
print("late, ms, and samples more:", seen)
sys.exit(list(seen.values()) != [(20, 0), (20, -176), 6, 0])
P
