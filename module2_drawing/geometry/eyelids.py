"""Eyelids: how far each eye of a target is shut, and the open eyes that lie under the lids.

A spline that takes lids with it also takes what is near them: brows, rims of glasses. So what moves by it are
eyes as open as in the photo, and lids are laid over them. Landmarks are in px of 256, x right, y down.
"""

import numpy as np

from module1_audio2lmk.foundation.face.geometry import LEFT_EYE, LOWER_LIDS, RIGHT_EYE, UPPER_LIDS

UPPER_SHARE = 0.75  # of the way that lids go to meet, that of the upper one: as of blinks
EYES = (RIGHT_EYE, LEFT_EYE)  # each: outer or inner corner, upper lid, other corner, lower lid backwards
REACH = 1.12  # half-widths of the eye that lids reach to from its middle: lashes end beyond the corner


def opened(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The target (68, 2) with eyes at least as open as in the source; a copy."""
    upper, lower = list(UPPER_LIDS), list(LOWER_LIDS)
    opening = source[lower] - source[upper]
    width = np.linalg.norm(opening, axis=1, keepdims=True).clip(1e-6)
    apart = opening / width @ _turn(source, target)
    missing = (width - ((target[lower] - target[upper]) * apart).sum(1, keepdims=True)).clip(0) * apart
    moved = target.copy()
    moved[upper] -= UPPER_SHARE * missing
    moved[lower] += (1 - UPPER_SHARE) * missing
    return moved


def _turn(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(2, 2) that turns row vectors as the line of the eyes' outer corners turns."""
    axes = []
    for landmarks in (source, target):
        x, y = landmarks[LEFT_EYE[3]] - landmarks[RIGHT_EYE[0]]
        axes.append(np.array([[x, y], [-y, x]]) / max(float(np.hypot(x, y)), 1e-6))
    return axes[0].T @ axes[1]
