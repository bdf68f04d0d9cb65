"""Nose contrast: the nose of a pale photo made as dark, against what is around, as styles need.

They draw lines where the lightness falls below that of the surroundings. In full light a nose hardly does,
and is not drawn. Its contrast is stretched before the style sees it: its lines are the style's own.
"""

import cv2
import numpy as np

from .backdrop import disc
from .lightness import lightness, relit, unit_of

SURROUND = 10.0  # σ of what is around
FINEST = 1.5  # σ of the finest that is stretched: skin has grain
ROOM, GROWN, SOFT = 54, 8, 5.0  # px around the nose: of the patch looked at, of the part stretched, its edge
WING = 0.2  # of the way from the nose's base to its bridge, up to where its wings are looked for
DARKEST = 10.0  # percentile of the lightness as a share of what is around
#: That share of the nose. Of 42 portraits the median has 0.79; of eight whose nose was not drawn, the least
#: has 0.88. At 0.84 some wings of noses are too pale for a line.
USUAL = 0.8
LARGEST = 4.0  # exponent of a stretch


def clear_nose(photo: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A photo (H, W, 3) uint8 RGB whose nose is not paler than on most faces; the same photo where it is not.

    landmarks: (68, 2) px of it.
    """
    unit = unit_of(landmarks)
    wings = landmarks[[31, 35]] + WING * (landmarks[29] - landmarks[33])
    nose = np.concatenate((landmarks[31:36], wings))
    return relit(photo, nose, unit, (ROOM, ROOM), lambda part, low: _factor(part, (nose - low) / unit, unit))


def _factor(photo: np.ndarray, nose: np.ndarray, unit: float) -> np.ndarray | None:
    """How many times as light each px of a photo (h, w, 3) uint8 gets, (h, w), or None for all the same.

    nose: (N, 2) px at the scale that the photo is looked at, of which `unit` px of the photo are one.
    """
    rows, columns = photo.shape[:2]
    size = max(2, round(columns / unit)), max(2, round(rows / unit))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if unit > 1 else cv2.INTER_LINEAR)
    light = lightness(small).clip(1)
    share = cv2.GaussianBlur(light, (0, 0), FINEST) / cv2.GaussianBlur(light, (0, 0), SURROUND)
    inside = np.zeros(share.shape, np.uint8)
    cv2.fillConvexPoly(inside, np.rint(cv2.convexHull(nose.astype(np.float32))).astype(np.int32), 1)
    inside = cv2.dilate(inside, disc(GROWN))
    if not inside.any():
        return None
    darkest = min(float(np.percentile(share[inside > 0], DARKEST)), 0.99)
    more = min(float(np.log(USUAL) / np.log(darkest)), LARGEST) - 1
    if more <= 0:
        return None
    where = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), SOFT)
    return cv2.resize(np.minimum(share, 1) ** (more * where), (columns, rows))
