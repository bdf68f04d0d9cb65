#!/usr/bin/env bash
# rlottie-python 1.3.8, save_animation of a Lottie film of 10 s, a bar that grows evenly, as animated WebP.
# SEEN: at 60 frames a second what is saved lasts 9.6 s, at 30 9.9 s: a frame's time is cut to whole milliseconds, and the mouth
#       runs away from the sound, by 0.4 s in ten. At 25 it is 10.0 s.
# SEEN: frame_num_start and frame_num_end do not choose frames. 0 to 125 of 250 is the whole film at double speed, and 125 to
#       250 is its second half; 60 to 125 begins in the middle. Frame k is the one at the share k / frame_num_end of the whole.
# SEEN: lottie_animation_get_totalframe says 251 at 25 frames a second, though the duration is 10.0 s and the film's end (op)
#       belongs to it no more. thorvg-python 1.1.3 says 250.
# A GOOD GUESS SAID: 10.0 s, rounded as the format needs; frames 0 to 125 are the first half; 250.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" rlottie-python==1.3.8 thorvg-python==1.1.3 \
    pillow==12.3.0 numpy==1.26.4
cd "$d"; PYTHONPATH=$d "$python" - <<'P'
import json
import sys

import numpy as np
import thorvg_python as thorvg
from PIL import Image
from rlottie_python import LottieAnimation


def still(*value):
    return {"a": 0, "k": list(value) if len(value) > 1 else value[0]}


def film(rate):
    ease = {"o": {"x": [0], "y": [0]}, "i": {"x": [1], "y": [1]}}
    grow = {"a": 1, "k": [{"t": 0, "s": [100, 0, 100], **ease}, {"t": 10 * rate, "s": [100, 100, 100]}]}
    place = {"p": still(50, 50), "a": still(0, 0), "o": still(100), "r": still(0)}
    bar = {"ty": "rc", "s": still(80, 100), "p": still(0, 0), "r": still(0)}
    ink = {"ty": "fl", "c": still(1, 0, 0, 1), "o": still(100), "r": 1}
    group = {"ty": "gr", "it": [bar, ink, {"ty": "tr", **place, "p": still(0, 0), "s": still(100, 100)}]}
    layer = {"ty": 4, "ind": 1, "sr": 1, "st": 0, "ip": 0, "op": 10 * rate, "ks": {**place, "s": grow}, "shapes": [group]}
    return json.dumps({"v": "5.5.2", "fr": rate, "ip": 0, "op": 10 * rate, "w": 100, "h": 100, "layers": [layer]})


def saved(rate, **chosen):  # s, and the bar's height in the first and the last frame
    LottieAnimation.from_data(film(rate)).save_animation("film.webp", **chosen)
    heights, total = [], 0
    with Image.open("film.webp") as animation:
        for number in range(animation.n_frames):
            animation.seek(number)
            animation.load()
            total += animation.info["duration"]
            heights.append(int((np.asarray(animation.convert("RGBA"))[:, 50, 3] > 127).sum()))
    return total / 1000, heights[0], heights[-1]


seconds = {rate: saved(rate)[0] for rate in (25, 30, 60)}
ranges = {(a, b): saved(25, frame_num_start=a, frame_num_end=b)[1:] for a, b in ((0, 125), (60, 125), (125, 250))}
picture = thorvg.LottieAnimation(thorvg.Engine())
picture.get_picture().load_data(film(25).encode(), "lottie", None, True)
counts = (LottieAnimation.from_data(film(25)).lottie_animation_get_totalframe(), picture.get_total_frame()[1])
print("s:", seconds, "heights of ranges:", ranges, "frames:", counts)
sys.exit(seconds != {25: 10.0, 30: 9.9, 60: 9.6} or counts != (251, 250) or ranges[0, 125][1] < 98 or ranges[60, 125][0] < 45)
P
