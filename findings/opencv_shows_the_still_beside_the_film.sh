#!/usr/bin/env bash
# opencv-python-headless 4.11.0.86, decord 0.6.0, moviepy 2.2.1 with imageio-ffmpeg 0.8.1, imageio 2.38.1 and PyAV 18.1.0: an MP4
# with two video tracks, first a still of one frame (a title or a thumbnail that is not marked as a cover), then the film of 50.
# SEEN: OpenCV opens the still: one frame, CAP_PROP_FRAME_COUNT 1, and the film cannot be reached; imageio's plugin pyav shows
#       it, too. decord and moviepy show the film, as FFmpeg's choice of the best stream does: four readers on FFmpeg, two films.
# A GOOD GUESS SAID: all but plain PyAV ask FFmpeg for the best stream, and show the film.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" opencv-python-headless==4.11.0.86 decord==0.6.0 \
    moviepy==2.2.1 imageio==2.38.1 imageio-ffmpeg==0.8.1 av==18.1.0 numpy==1.26.4
PYTHONPATH=$d "$python" -W ignore - "$d" <<'P'
import sys

import av
import cv2
import decord
import imageio.v3
import numpy as np
from moviepy import VideoFileClip

path = sys.argv[1] + "/a.mp4"
with av.open(path, "w") as output:
    tracks = [output.add_stream("libx264", rate=25) for _ in range(2)]
    for track in tracks:
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
    for track, count in zip(tracks, (1, 50)):
        for k in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 4 * k, np.uint8), format="rgb24")
            frame.pts = k
            output.mux(track.encode(frame))
        output.mux(track.encode(None))
capture, in_opencv = cv2.VideoCapture(path), 0
while capture.read()[0]:
    in_opencv += 1
seen = {
    "opencv": in_opencv,
    "opencv, counted": int(capture.get(cv2.CAP_PROP_FRAME_COUNT)),
    "imageio, pyav": len(imageio.v3.imread(path, plugin="pyav")),
    "decord": len(decord.VideoReader(path)),
    "moviepy": sum(1 for _ in VideoFileClip(path).iter_frames()),
}
print("frames:", seen)
sys.exit(list(seen.values()) != [1, 1, 1, 50, 50])
P
