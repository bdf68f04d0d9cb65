#!/usr/bin/env bash
# mediapipe 0.10.21, solutions.face_detection with min_detection_confidence from 0.1 to 0.99 (scikit-image's astronaut).
# SEEN: the argument does nothing: at 0.99 both models still give the face, with 0.92 and 0.91. The thresholds are those of
#       the graphs in the wheel, 0.5 (short range) and 0.6 (full range). In solutions.face_mesh an argument of the same
#       name does reach its detector.
# A GOOD GUESS SAID: at 0.99 no face is left.
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

picture = np.ascontiguousarray(skimage.data.astronaut())
seen = {}
for model in (0, 1):
    for least in (0.1, 0.99):
        detector = mp.solutions.face_detection.FaceDetection(model_selection=model, min_detection_confidence=least)
        seen[model, least] = [round(one.score[0], 3) for one in detector.process(picture).detections or []]
print(*seen.items(), sep="\n")
ignored = all(seen[model, 0.99] == seen[model, 0.1] != [] and max(seen[model, 0.99]) < 0.99 for model in (0, 1))
sys.exit(not ignored)
P
