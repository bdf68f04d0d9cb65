"""Error of lines, in px: how far drawn ink lies from true ink, and true ink from drawn.

A mean absolute difference is won by erasing: a line that is a px aside counts twice, paper once.
"""

import numpy as np
from scipy.ndimage import distance_transform_edt

INK_BELOW = 128  # grey level
FARTHEST = 8.0  # px: a line that is missing, or drawn where none is, counts as so far


def contour_error(drawn: np.ndarray, true: np.ndarray, region: np.ndarray) -> float:
    """Mean of both directions' distances, px, in a region (S, S) bool; drawings (S, S[, 3]) uint8."""
    inks = [(one if one.ndim == 2 else one.min(2)) < INK_BELOW for one in (drawn, true)]
    distances = []
    for ink, other in (inks, inks[::-1]):
        if not (ink & region).any():
            distances.append(FARTHEST if (other & region).any() else 0.0)
            continue
        away = distance_transform_edt(~other) if other.any() else np.full(other.shape, FARTHEST)
        distances.append(float(np.minimum(away, FARTHEST)[ink & region].mean()))
    return sum(distances) / 2
