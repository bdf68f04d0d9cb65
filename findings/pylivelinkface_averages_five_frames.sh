#!/usr/bin/env bash
# PyLiveLinkFace 0.1, blend shapes that are set and sent frame by frame (set_blendshape, encode, decode), as programs do that
# drive a face in Unreal Engine by speech or by a camera.
# SEEN: what is sent is the mean of the last five values, from a zero on: the first 1.0 arrives as 0.5, and lips that shut
#       for three frames shut by 0.6 and are late by two frames. no_filter=True sends what was set. At 24, 25 and 30
#       frames a second the rate goes out as 24/0, 25/0 and 30/0.
# A GOOD GUESS SAID: the value that was set arrives, at 30/1 frames a second.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" PyLiveLinkFace==0.1 timecode==1.5.1
PYTHONPATH=$d "$python" - <<'P'
import struct
import sys

from pylivelinkface import FaceBlendShape, PyLiveLinkFace


def arriving(values, **options):
    face, found = PyLiveLinkFace(fps=60), []
    for value in values:
        face.set_blendshape(FaceBlendShape.MouthClose, value, **options)
        found.append(round(PyLiveLinkFace.decode(face.encode())[1].get_blendshape(FaceBlendShape.MouthClose), 2))
    return found


def rate(fps):
    face = PyLiveLinkFace(fps=fps)
    start = 4 + len(face.uuid) + 4 + len(face.name) + 8  # version, identity, name, frame number
    return struct.unpack("!II", face.encode()[start : start + 8])


closing = [0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0]
seen = arriving([1])[0], arriving(closing), arriving(closing, no_filter=True), [rate(fps) for fps in (24, 25, 30, 60)]
print("first 1.0, lips that shut for three frames, without the filter, rates:", *seen)
told = 0.5, [0, 0, 0, 0, 0, 0.2, 0.4, 0.6, 0.6, 0.6, 0.4], closing, [(24, 0), (25, 0), (30, 0), (60, 1)]
sys.exit(seen != told)
P
