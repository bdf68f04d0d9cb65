#!/usr/bin/env bash
# soundfile 0.14.0 (libsndfile 1.2.2) and pedalboard 0.9.26, an MP3 of variable rate without the Xing frame, as streams and
# recorders that cannot go back write it: 4 s of noise, then 4 s of silence.
# SEEN: both take the length of the file from the rate of its first frames, and read no further: 1.4 s of 8.0 s, and
#       librosa.load with them. The rest of the sound is gone without a word; asking soundfile for 10 s gives no more, and
#       pedalboard calls the length exactly known. miniaudio 1.71 and PyAV 18.1.0 give the 8.0 s.
# A GOOD GUESS SAID: the count is wrong, as nothing in the file states it; what is read is all there is.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" soundfile==0.14.0 av==18.1.0 numpy==1.26.4 \
    pedalboard==0.9.26 miniaudio==1.71
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys
from fractions import Fraction

import av
import miniaudio
import numpy as np
import soundfile
from pedalboard.io import AudioFile

path, half, rate = sys.argv[1] + "/a.mp3", 4 * 44_100, 44_100
noise = np.random.default_rng(0).normal(0, 0.2, half).astype(np.float32)


def seconds(sound):
    with av.open(path, "w", options={"write_xing": "0"}) as output:
        stream = output.add_stream("libmp3lame", rate=rate, layout="mono")
        stream.codec_context.qscale = True
        stream.codec_context.global_quality = 4 * 118
        for start in range(0, len(sound), 1152):
            frame = av.AudioFrame.from_ndarray(sound[None, start : start + 1152], format="fltp", layout="mono")
            frame.rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with AudioFile(path) as file:
        board = file.read(file.frames).shape[1], file.exact_duration_known
    with av.open(path) as container:
        in_av = sum(frame.samples for frame in container.decode(audio=0))
    counts = soundfile.info(path).frames, len(soundfile.read(path)[0]), len(soundfile.read(path, 10 * rate)[0])
    return [round(n / rate, 1) for n in (*counts, board[0], in_av, miniaudio.decode_file(path).num_frames)], board[1]


seen = seconds(np.concatenate([noise, np.zeros(half, np.float32)]))
print("soundfile: count, read, 10 s read; pedalboard; PyAV; miniaudio (s); pedalboard's exact_duration_known:", seen)
sys.exit(seen != ([1.4, 1.4, 1.4, 1.4, 8.0, 8.0], True))
P
