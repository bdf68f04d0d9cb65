#!/usr/bin/env bash
# moviepy 2.2.1, imageio 2.38.1 (imageio-ffmpeg 0.6.0), opencv-python-headless 4.11.0.86 and PyAV 18.1.0, called without
# options: five frames of pure red, 640 × 480 and 1280 × 720, written as MP4.
# SEEN: all four write HD with the matrix of SD, BT.601 (the luma of red is 81; by BT.709 it is 63), and say nothing about
#       it: matrix, primaries and range are 2, 2 and 0, "unspecified". Players choose by size then (mpv's manual: BT.709 for
#       HD), so colours of a drawing differ between its 480 and its 720 lines, and from those of the frames.
# A GOOD GUESS SAID: HD is written by BT.709, or what was used is noted in the file.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" moviepy==2.2.1 imageio==2.38.1 imageio-ffmpeg==0.6.0 \
    opencv-python-headless==4.11.0.86 av==18.1.0 numpy==1.26.4
cd "$d"; PYTHONPATH=$d "$python" - <<'P'
import sys

import av
import cv2
import imageio.v2 as imageio
import numpy as np
from moviepy import ImageSequenceClip


def by_moviepy(path, frames):
    ImageSequenceClip(frames, fps=25).write_videofile(path, logger=None)


def by_imageio(path, frames):
    imageio.mimwrite(path, frames, fps=25)


def by_opencv(path, frames):
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"mp4v"), 25, frames[0].shape[1::-1])
    for frame in frames:
        writer.write(frame[..., ::-1])
    writer.release()


def by_pyav(path, frames):
    with av.open(path, "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv420p"
        for frame in [av.VideoFrame.from_ndarray(frame, format="rgb24") for frame in frames] + [None]:
            file.mux(stream.encode(frame))


seen = {}
for write in (by_moviepy, by_imageio, by_opencv, by_pyav):
    for height, width in ((480, 640), (720, 1280)):
        write("film.mp4", [np.full((height, width, 3), (255, 0, 0), np.uint8)] * 5)
        frame = next(av.open("film.mp4").decode(video=0))
        luma = np.asarray(frame.planes[0])[0]
        seen[write.__name__, height] = int(luma), *map(int, (frame.colorspace, frame.color_primaries, frame.color_range))
print("luma, matrix, primaries, range:", seen)
sys.exit(set(seen.values()) != {(81, 2, 2, 0)})
P
