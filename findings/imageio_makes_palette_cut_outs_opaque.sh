#!/usr/bin/env bash
# imageio 2.38.1, scikit-image 0.26.0, opencv-python-headless 4.11.0.86 and PyAV 18.1.0, a cut-out portrait (colours on
# nothing) as PNG in true colour, and the same with a palette, as programs that shrink PNGs store it.
# SEEN: in true colour all four give alpha. With the palette imageio.v3.imread and skimage.io.imread give three channels:
#       the transparency is gone (Pillow warns, of something else), and what lay beneath it, black, is shown. OpenCV
#       (IMREAD_UNCHANGED) and PyAV (format="rgba") still give alpha 0 there.
# A GOOD GUESS SAID: (H, W, 4) from all of them, as the file's transparency is the same.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" imageio==2.38.1 scikit-image==0.26.0 \
    opencv-python-headless==4.11.0.86 av==18.1.0 numpy==1.26.4 pillow==12.3.0
PYTHONPATH=$d "$python" - "$d" <<'P'
import sys

import av
import cv2
import imageio.v3
import numpy as np
import skimage.io
from PIL import Image

path = sys.argv[1] + "/cut.png"
cut = np.zeros((32, 64, 4), np.uint8)
cut[:, :32] = 200, 120, 90, 255


def background():
    with av.open(path) as container:
        in_av = next(container.decode(video=0)).to_ndarray(format="rgba")
    pictures = imageio.v3.imread(path), skimage.io.imread(path), cv2.imread(path, cv2.IMREAD_UNCHANGED), in_av
    return [picture[5, 50].tolist() for picture in pictures]


Image.fromarray(cut).save(path)
true_colour = background()
Image.fromarray(cut).quantize(16).save(path)
palette = background()
print("a pixel of the background: imageio, scikit-image, OpenCV, PyAV:", true_colour, palette)
sys.exit((true_colour, palette) != ([[0] * 4] * 4, [[0] * 3] * 2 + [[0] * 4] * 2))
P
