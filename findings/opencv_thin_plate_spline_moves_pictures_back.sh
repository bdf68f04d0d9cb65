#!/usr/bin/env bash
# opencv-contrib-python-headless 4.11.0.86, thin-plate spline of its shape module, with which landmarks of a face move the
# picture under them: one estimate from `source` to `target` moves points and a picture of dots at `source`.
# SEEN: applyTransformation brings the points to `target`, warpImage moves the picture the other way, as far from `target`
#       as twice the movement. Estimated from `target` to `source`, the picture is right and the points go back: a
#       transformer serves points or pictures, never both.
# A GOOD GUESS SAID: one estimate moves both in one direction, as scikit-image's warp says that it wants the inverse.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" opencv-contrib-python-headless==4.11.0.86 numpy==1.26.4
PYTHONPATH=$d "$python" - <<'P'
import sys

import cv2
import numpy as np

source = np.float32([[60, 60], [190, 60], [60, 190], [190, 190], [125, 125]])
target = source + np.float32([[0, 0], [0, 0], [0, 0], [0, 0], [8, -6]])  # the middle one moves by 10 px
rows, columns = np.mgrid[:256, :256]
picture = sum(np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8) for x, y in source).astype(np.float32)
pairs = [cv2.DMatch(i, i, 0) for i in range(len(source))]


def moved(start, end):
    """Where the middle point and the middle dot of the picture come to, from where they were, px."""
    spline = cv2.createThinPlateSplineShapeTransformer()
    spline.estimateTransformation(start[None], end[None], pairs)
    point = spline.applyTransformation(source[None])[1][0, 4] - source[4]
    part = spline.warpImage(picture)[100:151, 100:151]
    dot = np.array([(part * columns[:51, :51]).sum(), (part * rows[:51, :51]).sum()]) / part.sum() - 25
    return point.round().tolist(), dot.round().tolist()


seen = [moved(source, target), moved(target, source)]
print("point and dot, estimated from source to target, and from target to source:", seen)
sys.exit(seen != [([8, -6], [-8, 6]), ([-8, 6], [8, -6])])
P
