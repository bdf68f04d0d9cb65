#!/usr/bin/env bash
# livekit-agents 1.8.9 (PyAV 18.1.0), AudioStreamDecoder, which reads what speech services send: a tone burst at 1.025 s.
# SEEN, compressed: the first packets are lost. The burst comes 96 ms early in FLAC of 48 kHz, 20 ms in Opus, 21 ms in AAC
#       (ADTS), whose encoder makes it late by as much: a word that starts at once loses its first sound.
# SEEN, WAV: 16 bits are right. 24 bits, or a chunk of odd size with its pad byte, give no sound at all, as if it were over.
# A GOOD GUESS SAID: all of them are decoded, and on time but for AAC.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" livekit-agents==1.8.9 av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - <<'P'
import asyncio
import io
import sys
import wave
from fractions import Fraction

import av
import numpy as np
from livekit.agents.utils.codecs import AudioStreamDecoder

rate = 48_000
size, sound = rate // 20, np.zeros((1, 2 * rate), np.float32)
sound[0, rate : rate + size] = 0.5 * np.cos(np.arange(size) / rate * 4400) * np.hanning(size)


def compressed(codec, form):
    with av.open(content := io.BytesIO(), "w", format=form) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        for start in range(0, 2 * rate, 960):
            frame = av.AudioFrame.from_ndarray(sound[:, start : start + 960].copy(), format="fltp", layout="mono")
            frame.rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return content.getvalue()


def wav(width):
    with wave.open(content := io.BytesIO(), "wb") as output:
        output.setparams((1, width, rate, 0, "NONE", ""))
        values = (sound[0] * 2 ** (8 * width - 1)).astype("<i4")
        output.writeframes(values.view(np.uint8).reshape(-1, 4)[:, :width].tobytes())
    return content.getvalue()


async def late(content, kind):
    decoder = AudioStreamDecoder(format=f"audio/{kind}")
    decoder.push(content)
    decoder.end_input()
    heard = np.array([value async for frame in decoder for value in frame.data], float) ** 2
    return round(float(heard @ np.arange(len(heard)) / heard.sum() / 48 - 1025)) if len(heard) else None


files = [compressed("flac", "flac"), compressed("libopus", "ogg"), compressed("aac", "adts"), wav(2), wav(3)]
files.append(wav(2)[:12] + b"note\x03\0\0\0abc\0" + wav(2)[12:])
seen = [asyncio.run(late(content, kind)) for content, kind in zip(files, ("flac", "ogg", "aac", *["wav"] * 3))]
print("ms late: FLAC, Opus, AAC; WAV of 16 bits, 24 bits, with an odd chunk:", *seen)
sys.exit(seen != [-96, -20, -21, 0, None, None])
P
