#!/usr/bin/env bash
# soundfile 0.14.0 (libsndfile 1.2.2), an Ogg Opus file whose header names the rate that the sound had before it was
# encoded (8, 16 or 24 kHz; RFC 7845 calls this information, Opus itself codes at 48 kHz).
# SEEN: soundfile decodes at that rate: of a file whose header says 8 kHz all above 4 kHz is gone, though it is in the
#       file. A header of 44.1 kHz gives 48 kHz. PyAV 18.1.0 gives 48 kHz each time, with the whole band.
# A GOOD GUESS SAID: 48000 samples a second whatever the header says, in both.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" soundfile==0.14.0 av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import struct
import sys
from fractions import Fraction

import av
import numpy as np
import soundfile

path = sys.argv[1] + "/a.opus"
tone = (0.4 * np.sin(2 * np.pi * 10_000 * np.arange(48_000) / 48_000)).astype(np.float32)  # 10 kHz
with av.open(path, "w", format="ogg") as output:
    stream = output.add_stream("libopus", rate=48_000, layout="mono")
    stream.bit_rate = 96_000
    for start in range(0, len(tone), 960):
        frame = av.AudioFrame.from_ndarray(tone[None, start : start + 960], format="flt", layout="mono")
        frame.rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def checksum(page):
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


seen = {}
for rate in (48_000, 44_100, 24_000, 16_000, 8_000):
    content = bytearray(open(path, "rb").read())
    place, end = content.index(b"OpusHead"), content.index(b"OggS", 4)
    content[place + 12 : place + 16] = struct.pack("<I", rate)
    content[22:26] = bytes(4)
    content[22:26] = struct.pack("<I", checksum(content[:end]))
    open(path, "wb").write(content)
    sound, given = soundfile.read(path)
    with av.open(path) as container:
        frames = list(container.decode(audio=0))
    level = float(np.abs(np.concatenate([frame.to_ndarray()[0] for frame in frames])[9600:-9600]).max())
    loud = float(np.abs(sound[len(sound) // 5 : -len(sound) // 5]).max()) > 0.2
    seen[rate] = given, loud, frames[0].rate, level > 0.2
    print(f"header {rate}: soundfile {given} Hz, hears 10 kHz: {loud}; PyAV {frames[0].rate} Hz, {level > 0.2}")
both = {48_000: (48_000, True), 44_100: (48_000, True), 24_000: (24_000, True)}
both |= {16_000: (16_000, False), 8_000: (8_000, False)}
sys.exit(seen != {rate: (*one, 48_000, True) for rate, one in both.items()})
P
