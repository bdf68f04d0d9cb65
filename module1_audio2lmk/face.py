"""Aligned faces, under their former name; the code is in `foundation.face.align`."""

from .foundation.face.align import BACKENDS, CROP_SIZE, MIN_FACE, AlignedFace, align_face, choose_backend
