#!/usr/bin/env bash
# soundfile 0.14.0 (libsndfile 1.2.2) and PyAV 18.1.0 (FFmpeg 8), an Ogg Vorbis of two recordings put behind one another with
# cat, which the format calls a chain and allows (RFC 3533); net radio and recorders that split files make them.
# SEEN: soundfile reads the first recording, 1 s, and says that this is all; so does librosa.load, which uses it. PyAV
#       decodes both, 3 s, but its durations (of the stream and of the file) are 2 s, that of the last one. In Ogg Opus
#       it is the same.
# A GOOD GUESS SAID: both read 3 s; a duration is that of the whole file, or is not known.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" soundfile==0.14.0 av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys
from pathlib import Path

import av
import numpy as np
import soundfile

folder, rate, seen = Path(sys.argv[1]), 48_000, {}
for kind in ("VORBIS", "OPUS"):
    for seconds in (1, 2):
        tone = 0.3 * np.sin(np.arange(seconds * rate) / (20 * seconds))
        soundfile.write(folder / f"{seconds}.ogg", tone, rate, format="OGG", subtype=kind)
    path = folder / "both.ogg"
    path.write_bytes((folder / "1.ogg").read_bytes() + (folder / "2.ogg").read_bytes())
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        stated = float(stream.duration * stream.time_base), container.duration / 1e6
        decoded = sum(frame.samples for frame in container.decode(audio=0)) / rate
    read = soundfile.info(path).duration, len(soundfile.read(path)[0]) / rate
    seen[kind] = [round(value, 1) for value in (*read, *stated, decoded)]
print("soundfile: count, read; PyAV: stream, file, decoded (s):", seen)
sys.exit(seen != {"VORBIS": [1, 1, 2, 2, 3], "OPUS": [1, 1, 2, 2, 3]})
P
