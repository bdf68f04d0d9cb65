#!/usr/bin/env bash
# albumentations 2.0.8, landmarks (keypoints) of a picture that is augmented: a soft dot of known place is drawn, and its centroid
# afterwards is compared with the keypoint.
# SEEN: flips, turns, Rotate and Affine keep the point on the dot within 0.02 px. Resize does not: twice as large it is
#       0.71 px beside it, three times as large 1.41 px, up and to the left, as points are multiplied while pixels grow
#       about their corner. GridDistortion leaves points more than a pixel (1.5) behind, whatever the seed.
# A GOOD GUESS SAID: within 0.1 px in all of them, 0.5 px in GridDistortion.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" albumentations==2.0.8 numpy==1.26.4 \
    opencv-python-headless==4.11.0.86
NO_ALBUMENTATIONS_UPDATE=1 PYTHONPATH=$d "$python" -W ignore - <<'P'
import sys

import albumentations as A
import numpy as np

HIGH, WIDE = 200, 240
rows, columns = np.mgrid[:HIGH, :WIDE]


def behind(transform):
    """Largest distance of a keypoint from its dot, px."""
    worst = 0.0
    for place in ((60.3, 50.2), (130.3, 110.2), (60.3, 110.2), (130.3, 50.2)):
        dot = np.exp(-((columns - place[0]) ** 2 + (rows - place[1]) ** 2) / 12.5).astype(np.float32)
        options = A.KeypointParams("xy", remove_invisible=False)
        changed = A.Compose([transform], keypoint_params=options, seed=0)(
            image=np.repeat(dot[..., None], 3, axis=2), keypoints=np.array([place])
        )
        level = np.clip(changed["image"][..., 0].astype(float) - 0.05, 0, None)
        y, x = np.mgrid[: level.shape[0], : level.shape[1]]
        centre = np.array([(level * x).sum(), (level * y).sum()]) / level.sum()
        worst = max(worst, float(np.hypot(*(np.asarray(changed["keypoints"])[0] - centre))))
    return round(worst, 2)


exact = [A.HorizontalFlip(p=1), A.RandomRotate90(p=1), A.Rotate((30, 30), p=1), A.Affine(scale=(1.5, 1.5), p=1)]
seen = [max(map(behind, exact)), behind(A.Resize(2 * HIGH, 2 * WIDE, p=1)), behind(A.Resize(3 * HIGH, 3 * WIDE, p=1))]
grid = behind(A.GridDistortion(distort_limit=(0.3, 0.3), p=1))
print("px beside the dot: flips and affine; twice, three times as large; GridDistortion:", *seen, grid)
sys.exit(seen[0] > 0.02 or seen[1:] != [0.71, 1.41] or grid < 1)
P
