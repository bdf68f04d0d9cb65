"""Glasses: rims and the brows behind them, which move as one piece with the head, whatever the face does."""

import numpy as np

from module1_audio2lmk.foundation.face.geometry import BROWS, LEFT_EYE, RIGHT_EYE

HELD = (27, 28, 29, 30, 36, 39, 42, 45)  # what glasses rest on: bridge of the nose, corners of the eyes
RING = (1.05, 0.85)  # half-axes, widths of an eye, of the lower half of a rim
ANGLES = np.radians((0, 45, 90, 135, 180))


def rim_weights(source: np.ndarray) -> np.ndarray:
    """How brows and rims follow HELD: (20, 8), to be multiplied by these of a target; the first 10 are brows.

    source: landmarks (68, 2) px of the photo. Affine: glasses of a turning head are foreshortened.
    """
    points = [source[list(BROWS)]]
    for eye in (RIGHT_EYE, LEFT_EYE):
        outline = source[list(eye)]
        across = outline[3] - outline[0]
        down = np.array([-across[1], across[0]])
        ring = np.cos(ANGLES)[:, None] * RING[0] * across + np.sin(ANGLES)[:, None] * RING[1] * down
        points.append(outline.mean(0) + ring)
    return _with_one(np.concatenate(points)) @ np.linalg.pinv(_with_one(source[list(HELD)]))


def _with_one(points: np.ndarray) -> np.ndarray:
    return np.concatenate((points, np.ones((len(points), 1))), 1)
