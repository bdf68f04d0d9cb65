"""Proportions of a face: photos saved with another ratio of width to height than they were taken with.

The face mesh follows a face that is too wide until the check of faces refuses it. In one that is too narrow
it keeps proportions nearer to natural ones and lies beside the face, by a twentieth of its height at half the
width: there the photo is brought to natural proportions, and measured anew.
"""

import cv2
import numpy as np

from ..errors import InputError, warn
from .check import face_odds
from .geometry import LEFT_EYE, MESH_TO_68, MOUTH_CORNERS, RIGHT_EYE
from .search import find_faces

# Distance of the eyes over that from them to the mouth, in space: the median of 91 people.
_NATURAL = 0.91
# Of these people the narrowest and the widest face had 0.85 and 1.29 times that: beyond, a line says so.
_NARROW, _WIDE = 0.75, 1.35
_MEASURED = 0.88  # share of the natural width below which the mesh no longer tells it
_REFUSED = 0.62  # and below which landmarks lie beside the face, by 4 % of its height or more
_TRIED = 0.6, 1.8  # where no face is found, widths at which one is looked for
_CLEAR = 1.5  # odds from which it is one


def check_proportions(photo: np.ndarray, mesh: np.ndarray) -> None:
    """Photo (H, W, 3) uint8 RGB, face mesh (468, 3) px: warns of a squeezed or stretched face.

    Raises InputError where it is so narrow that its landmarks cannot be right.
    """
    share = width_share(mesh)
    while share < _MEASURED:
        faces = find_faces(_widened(photo, 1 / share))
        measured = share * width_share(faces[0]) if faces else share
        if not measured < 0.95 * share:
            break
        share = measured
    if share < _REFUSED:
        raise InputError(_message(share))
    if not _NARROW < share < _WIDE:
        warn(_message(share))


def check_missing(photo: np.ndarray) -> None:
    """Raises InputError where a photo (H, W, 3) uint8 RGB without a face shows one at another width."""
    for factor in _TRIED:
        view = _widened(photo, factor)
        for mesh in find_faces(view)[:1]:
            if face_odds(view, mesh) > _CLEAR:
                raise InputError(_message(width_share(mesh) / factor))


def width_share(mesh: np.ndarray) -> float:
    """Width of a face mesh (468, 3) as a share of what its height lets expect."""
    points = mesh[MESH_TO_68].astype(np.float64)
    right, left = (points[list(eye)].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE))
    mouth = points[list(MOUTH_CORNERS)].mean(axis=0)
    down = np.linalg.norm((right + left) / 2 - mouth)
    return float(np.linalg.norm(right - left) / max(float(down), 1e-6) / _NATURAL)


def _message(share: float) -> str:
    done = "squeezed" if share < 1 else "stretched"
    return (
        f"the face in the photo looks {done} to about {round(20 * share) * 5} % of its width; "
        "save the photo in its own proportions"
    )


def _widened(photo: np.ndarray, factor: float) -> np.ndarray:
    """Wider or narrower by a factor, by making the other side smaller."""
    height, width = photo.shape[:2]
    size = (width, max(1, round(height / factor))) if factor > 1 else (max(1, round(width * factor)), height)
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
