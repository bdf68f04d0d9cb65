#!/usr/bin/env bash
# moviepy 2.2.1 and decord 0.6.0, MP4 films in which a flash of the picture and a click of the sound come 1 s after the start of
# their track, and one of the two tracks starts half a second late (an edit list; cameras and editors write such).
# SEEN, sound late: the click belongs half a second behind the flash. moviepy's clip.audio has it at the same time, as
#       has decord's AudioReader; decord's AVReader has it 12 frames later.
# SEEN, picture late: the flash belongs half a second behind the click. moviepy has it there, both of decord's ways put
#       them at the same time. So moviepy keeps one offset of the two, and decord's readers disagree about one file.
# A GOOD GUESS SAID: moviepy keeps both offsets, decord none. (PyAV 18.1.0 gives stamps that are right.)
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" av==18.1.0 numpy==1.26.4 moviepy==2.2.1 \
    imageio-ffmpeg==0.6.0 decord==0.6.0
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys
from fractions import Fraction

import av
import decord
import numpy as np
from moviepy import VideoFileClip

path, rate, unit = sys.argv[1] + "/a.mp4", 48_000, Fraction(1, 1000)


def make(picture, sound):
    """Starts of the tracks, ms."""
    click = np.zeros((1, 2 * rate), np.float32)
    click[0, rate : rate + 4800] = 0.5 * np.cos(np.arange(4800) * 0.3) * np.exp(-np.arange(4800) / 200)
    with av.open(path, "w") as film:
        video, audio = film.add_stream("libx264", rate=25), film.add_stream("aac", rate=rate, layout="mono")
        video.width, video.height, video.pix_fmt, video.codec_context.time_base = 64, 64, "yuv420p", unit
        for k in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 255 * (k == 25), np.uint8), format="rgb24")
            frame.pts, frame.time_base = picture + 40 * k, unit
            film.mux(video.encode(frame))
        for k in range(0, 2 * rate, 1024):
            frame = av.AudioFrame.from_ndarray(click[:, k : k + 1024], format="fltp", layout="mono")
            frame.rate, frame.pts, frame.time_base = rate, sound * rate // 1000 + k, Fraction(1, rate)
            film.mux(audio.encode(frame))
        film.mux([*video.encode(None), *audio.encode(None)])


def behind(picture, sound):
    """By how many frames of 40 ms the click is behind the flash."""
    make(picture, sound)
    clip, reader = VideoFileClip(path), decord.AVReader(path, sample_rate=rate, mono=True)
    alone = decord.AudioReader(path, sample_rate=rate, mono=True)[:].asnumpy()[0]
    click = [abs(samples).argmax() / rate * 25 for samples in (clip.audio.to_soundarray(fps=rate)[:, 0], alone)]
    click.append(np.argmax([abs(samples.asnumpy()).max(initial=0) for samples, _ in reader]))
    flash = np.argmax([clip.get_frame(k / 25 + 0.001).mean() for k in range(40)])
    decoded = np.argmax([frame.asnumpy().mean() for _, frame in reader])
    return [round(float(at - seen)) for at, seen in zip(click, (flash, decoded, decoded))]


seen = [behind(0, 500), behind(500, 0)]
print("moviepy, decord's AudioReader, AVReader; sound late, picture late:", seen)
sys.exit(seen != [[1, 1, 12], [-13, 0, 0]])
P
