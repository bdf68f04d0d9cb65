"""Drive: the face of a clip moves the face of a photo, head, brows, eyes and lips."""

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice

import cv2
import numpy as np

from ..errors import InputError, warn
from ..media import is_still, iter_frames
from .align import CROP_SIZE, AlignedFace, crop_square, to_crop
from .geometry import MESH_TO_68, smooth
from .landmark_detector import LandmarkDetector, fill_missing
from .retarget import driven
from .search import find_faces, mesh_box

SIZE = 256  # px of the crops that clips are followed in
WINDOW = 5  # frames of the Savitzky–Golay filter that takes the detector's jitter off
_SEARCHED = 10.0  # s in which the first face has to come
_LEAST = 0.5  # share of frames that have to show the face


def clip_motion(path: str | os.PathLike[str], face: AlignedFace, fps: Fraction) -> np.ndarray:
    """A clip's motion on a photo's face: (T, 68, 2) float32 px of the 512² crop, `fps` frames a second.

    It is followed in the square around the face of its first frame; where the face is lost, the nearest frame
    stands. Raises InputError where the clip is one picture, or shows no face in its first 10 s or too seldom.
    """
    if is_still(path):
        raise InputError(f"{path} is one picture, in which nothing moves; give a clip of a face")
    frames = iter_frames(path, fps)
    before, first, mesh = _first_face(path, frames, fps)
    box, detector, scale = mesh_box(mesh), LandmarkDetector(), CROP_SIZE / SIZE
    near = to_crop(mesh, box)[MESH_TO_68, :2] / scale
    points = [np.full((68, 2), np.nan, np.float32)] * before
    for frame in chain([first], frames):
        crop = cv2.resize(crop_square(frame, box), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        points.append(detector.find(crop, near))
    found = np.isfinite(points).all((1, 2))
    lost = 1 - float(found.mean())
    if lost > _LEAST:
        raise InputError(f"{path} shows no face in {lost:.0%} of its frames; give a clip of one face")
    if lost > 0:
        warn(f"{path} shows no face in {lost:.0%} of its frames: the drawing keeps still there")
    track = smooth(fill_missing(np.stack(points), found), WINDOW)
    return (driven(face.landmarks[:, :2] / scale, track) * scale).astype(np.float32)


def _first_face(
    path: str | os.PathLike[str], frames: Iterator[np.ndarray], fps: Fraction
) -> tuple[int, np.ndarray, np.ndarray]:
    """How many frames come before the first with a face, that frame, and its largest face (468, 3) px."""
    for before, frame in enumerate(islice(frames, round(_SEARCHED * fps))):
        if meshes := find_faces(frame):
            return before, frame, meshes[0]
    raise InputError(f"{path} shows no face in its first {_SEARCHED:g} s; give a clip of one face")
