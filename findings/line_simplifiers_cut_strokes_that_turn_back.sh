#!/usr/bin/env bash
# rdp 0.8, fastrdp 0.3.2 and opencv-python-headless 4.11.0.86 (approxPolyDP), simplification of a pen stroke that runs out 100 px,
# turns and comes back half way, as strokes do at lashes and corners of a mouth; tolerance 2 px. simplification 0.7.12 and
# shapely 2.2.0 do the same, all by Ramer, Douglas and Peucker.
# SEEN: the first three give the straight line from the first point to the last: half of the stroke is gone, 25 times the
#       tolerance, as they measure the distance to the endless line through both ends. simplification and shapely keep the tip:
#       theirs is the distance to the piece between them. approxPolyDP of an open curve (closed=False) whose ends meet
#       drops its last point, too: a ring comes back with a gap. The others close it.
# A GOOD GUESS SAID: no point is farther than the tolerance from what any of them gives.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" rdp==0.8 fastrdp==0.3.2 simplification==0.7.12 \
    shapely==2.2.0 opencv-python-headless==4.11.0.86 numpy==2.2.6
PYTHONPATH=$d "$python" - <<'P'
import sys

import cv2
import fastrdp
import numpy as np
from rdp import rdp
from shapely.geometry import LineString, Point
from simplification.cutil import simplify_coords

way = np.r_[np.arange(0, 101, 5), np.arange(95, 49, -5)]
stroke = np.c_[way, np.linspace(0, 1, len(way))]  # 100 px out, 50 px back, 1 px lower
around = np.linspace(0, 2 * np.pi, 41)
ring = 40 * np.c_[np.cos(around), np.sin(around)]
ring[-1] = ring[0]
SIMPLIFIERS = {
    "rdp": lambda points: rdp(points, epsilon=2.0),
    "fastrdp": lambda points: np.c_[fastrdp.rdp(points[:, 0].copy(), points[:, 1].copy(), 2.0)],
    "OpenCV": lambda points: cv2.approxPolyDP(points.astype(np.float32)[:, None], 2.0, False)[:, 0],
    "simplification": lambda points: np.array(simplify_coords(points, 2.0)),
    "shapely": lambda points: np.array(LineString(points).simplify(2.0, preserve_topology=False).coords),
}
seen = {}
for name, simplified in SIMPLIFIERS.items():
    line, closed = simplified(stroke), simplified(ring)
    lost = max(LineString(line).distance(Point(point)) for point in stroke)
    seen[name] = (round(lost), bool(np.allclose(closed[0], closed[-1])))
print("px that the stroke is off by, whether a ring stays closed:", seen)
cut = {"rdp": (50, True), "fastrdp": (50, True), "OpenCV": (50, False)}
sys.exit({name: seen[name] for name in cut} != cut or any(seen[name] != (0, True) for name in ("simplification", "shapely")))
P
