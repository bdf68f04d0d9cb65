"""Feature contrast: nose and mouth line of a pale photo made as dark, against what is around, as lines need.

A style draws lines where the lightness falls below that of the surroundings. In full light a nose hardly does,
and is not drawn. Its contrast is stretched before the style sees it, so that its lines are the style's own.
"""

from dataclasses import dataclass

import cv2
import numpy as np

ACROSS = 180.0  # px between the outer corners of the eyes at the scale that the photo is looked at
SURROUND = 10.0  # σ px of it of what is around
FINEST = 1.5  # σ px of it of the finest that is stretched: skin has grain
ROOM, SOFT = 54, 5.0  # px of it around a part, of the patch that is looked at, and σ of the part's edge
DARK_SHARE = 10.0  # percentile of a part's lightness
LARGEST = 4.0  # exponent of a stretch
WING = 0.2  # of the way from the nose's base to its bridge, how far up its wings are looked for


@dataclass(frozen=True)
class Part:
    """Where the lightness is looked at, outlines (N, 2) px grown by `grown`, and its share of that around
    which its darkest tenth has on most faces."""

    outline: np.ndarray
    grown: int
    usual: float


def clearer(photo: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A photo (H, W, 3) uint8 RGB whose nose and mouth line are not paler than on most faces; landmarks:
    (68, 2) px of it. The same photo where they are not."""
    unit = float(np.linalg.norm(landmarks[45] - landmarks[36])) / ACROSS
    if unit <= 0:
        return photo
    for part in parts(landmarks / unit):
        photo = _stretched(photo, part, unit)
    return photo


def parts(marks: np.ndarray) -> tuple[Part, ...]:
    """Nose and mouth line of landmarks (68, 2), px of the scale that the photo is looked at."""
    base = marks[31:36]
    up = WING * (marks[29] - marks[33])
    nose = np.concatenate((base, marks[[31, 35]] + up))
    return (Part(nose, 8, 0.84),)


def _stretched(photo: np.ndarray, part: Part, unit: float) -> np.ndarray:
    """The photo with the darker half of a part's contrast stretched to the usual."""
    low = np.floor((part.outline.min(0) - ROOM) * unit).astype(int).clip(0)
    high = np.ceil((part.outline.max(0) + ROOM) * unit).astype(int)
    seen = photo[low[1] : max(high[1], 0), low[0] : max(high[0], 0)]
    if min(seen.shape[:2]) < 2:
        return photo  # a part outside of the photo
    size = tuple(max(2, round(side / unit)) for side in seen.shape[1::-1])
    small = cv2.resize(seen, size, interpolation=cv2.INTER_AREA if unit > 1 else cv2.INTER_LINEAR)
    light = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32).clip(1)
    share = cv2.GaussianBlur(light, (0, 0), FINEST) / cv2.GaussianBlur(light, (0, 0), SURROUND)
    inside = np.zeros(share.shape, np.uint8)
    hull = cv2.convexHull((part.outline - low / unit).astype(np.float32))
    cv2.fillConvexPoly(inside, np.rint(hull).astype(np.int32), 1)
    inside = cv2.dilate(inside, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * part.grown + 1,) * 2))
    if not inside.any():
        return photo
    darkest = min(float(np.percentile(share[inside > 0], DARK_SHARE)), 0.99)
    more = min(np.log(part.usual) / np.log(darkest), LARGEST) - 1
    if more <= 0:
        return photo
    where = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), SOFT)
    factor = cv2.resize(np.minimum(share, 1) ** (more * where), seen.shape[1::-1])
    photo = photo.copy()
    seen = photo[low[1] : high[1], low[0] : high[0]]
    seen[:] = np.rint(seen * factor[..., None]).astype(np.uint8)
    return photo
