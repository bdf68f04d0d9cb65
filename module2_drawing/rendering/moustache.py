"""Moustache: hair above the lips made one dark shape, as draughtsmen fill it.

A style that divides the light out finds the strands of a moustache instead, and draws swirls and blots.
"""

import cv2
import numpy as np

from .backdrop import disc
from .lightness import lightness, relit, unit_of

BELOW_NOSE, ABOVE_LIPS = 13.0, 5.0  # of the band that is looked at
CHEEK = 10.0  # radius of the skin beside the nose that it is compared with
#: Median lightness of the band as a share of that skin's, on the lighter side, between which a moustache
#: begins. Of 334 portraits 14 with a moustache have 0.27 to 0.66, one with stubble 0.70; the shadow below a
#: nose that is lit from above has 0.57, in the same colours as hair. A moustache that is none is the worse
#: fault: what may be a shadow stays as the style draws it.
NONE, CLEAR = 0.55, 0.5
HAIR, STEEP = 0.68, 0.05  # share of that lightness below which something is hair, and how sharp the limit is
SMOOTH = 2.5  # σ of the blur that leaves no strands
DARK, SKIN = 0.22, 0.9  # shares that hair gets at most, and skin beside it at least
ROOM, SOFT = 7.0, 3.0  # around the band, of what changes; σ of its edge
LIPS = 2.0  # around the lips, which stay


def fill_moustache(photo: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A photo (H, W, 3) uint8 RGB with a moustache in one tone; the same photo where there is none.

    landmarks: (68, 2) px of it.
    """
    unit = unit_of(landmarks)
    around = landmarks[[31, 35, 48, 54, 33, 57]]
    return relit(photo, around, unit, (50, 50), lambda part, low: _factor(part, landmarks - low, unit))


def _factor(part: np.ndarray, marks: np.ndarray, unit: float) -> np.ndarray | None:
    """How many times as light each px of a photo (h, w, 3) uint8 gets, (h, w), or None for all the same."""
    light = lightness(part).clip(1)
    smooth = cv2.GaussianBlur(light, (0, 0), SMOOTH * unit)
    down = (marks[33] - marks[27]) / max(float(np.linalg.norm(marks[33] - marks[27])), 1e-6) * unit
    lip, nose = marks[48:55] - ABOVE_LIPS * down, marks[[35, 34, 33, 32, 31]] + BELOW_NOSE * down
    outline = np.concatenate((lip, nose))
    band = _filled(part, outline) > 0
    y, x = np.indices(light.shape, dtype=np.float32)
    # Of the middle, in the picture.
    right = ((x - marks[33, 0]) * down[1] - (y - marks[33, 1]) * down[0]) / unit
    tones, shares = [], []
    for side, (eye, wing, cheek) in ((right < 0, (41, 31, 2)), (right >= 0, (46, 35, 14))):
        middle = (0.5 * marks[eye] + 1.5 * marks[wing] + 0.6 * marks[cheek]) / 2.6
        skin, hair = smooth[np.hypot(x - middle[0], y - middle[1]) < CHEEK * unit], smooth[side & band]
        if not skin.size or not hair.size:
            return None
        tones.append(float(np.median(skin)))
        shares.append(float(np.median(hair)) / tones[-1])
    clear = np.clip((NONE - max(shares)) / (NONE - CLEAR), 0, 1)
    if clear == 0:
        return None
    tone = tones[0] + (tones[1] - tones[0]) * np.clip(right / (2 * CHEEK) + 0.5, 0, 1)
    changed, lips = _filled(part, outline, ROOM * unit), _filled(part, marks[48:60], LIPS * unit)
    where = cv2.GaussianBlur(changed.astype(np.float32), (0, 0), SOFT * unit)
    where *= 1 - cv2.GaussianBlur(lips.astype(np.float32), (0, 0), unit)
    strands = 1 / (1 + np.exp((smooth / tone - HAIR) / STEEP))
    darker = np.minimum(DARK * tone / light, 1)
    lighter = np.clip(SKIN * tone / light, 1, 1.25)
    return np.exp(clear * where * (strands * np.log(darker) + (1 - strands) * np.log(lighter)))


def _filled(part: np.ndarray, outline: np.ndarray, grown: float = 0) -> np.ndarray:
    """Where a photo (h, w, 3) is within an outline (N, 2) px or `grown` px of it: (h, w) uint8 in {0, 1}."""
    inside = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.rint(outline).astype(np.int32)], 1)
    return cv2.dilate(inside, disc(grown))
