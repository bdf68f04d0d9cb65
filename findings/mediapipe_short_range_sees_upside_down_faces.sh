#!/usr/bin/env bash
# mediapipe 0.10.21, solutions.face_detection on a portrait that stands on its head (scikit-image's astronaut, 240 px).
# SEEN: the short-range model (model_selection=0) finds the face with a score of about 0.7 and puts the eyes ABOVE the
#       mouth in the picture, though they lie below it: neither score nor key points tell that the photo is upside down.
#       The full-range model (1), which is meant to find more, finds nothing, even from a score of 0.1 on. Upright, both
#       find the face with 0.88 or more.
# A GOOD GUESS SAID: the short-range model finds nothing upside down, the full-range model finds it with a low score.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" mediapipe==0.10.21 numpy==1.26.4 \
    scikit-image==0.25.2 opencv-contrib-python-headless==4.11.0.86
PYTHONPATH=$d "$python" - 2>/dev/null <<'P'
import sys

import mediapipe as mp
import numpy as np
import skimage.data

upright = np.ascontiguousarray(skimage.data.astronaut()[20:260, 110:350])
seen = {}
for model in (0, 1):
    detector = mp.solutions.face_detection.FaceDetection(model_selection=model, min_detection_confidence=0.1)
    for name, image in (("upright", upright), ("upside down", np.ascontiguousarray(upright[::-1, ::-1]))):
        found = detector.process(image).detections or []
        best = max(found, key=lambda one: one.score[0], default=None)
        if best is None:
            seen[model, name] = None
            continue
        points = best.location_data.relative_keypoints  # right eye, left eye, nose, mouth, ears
        eyes, mouth = (points[0].y + points[1].y) / 2, points[3].y
        seen[model, name] = round(best.score[0], 2), "eyes above" if eyes < mouth else "eyes below"
print(*seen.items(), sep="\n")
short, full = seen[0, "upside down"], seen[1, "upside down"]
upright_found = all(seen[model, "upright"] and seen[model, "upright"][0] > 0.85 for model in (0, 1))
sys.exit(not (upright_found and short and short[0] > 0.55 and short[1] == "eyes above" and full is None))
P
