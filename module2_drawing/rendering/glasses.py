"""Glasses: whether a face wears them, by the bar between their lenses."""

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.check import eyes_covered, light_of_cheeks

BETWEEN = 80.0  # px between the eyes in the patch that is looked at
SIZE, RIGHT_EYE_AT = (200, 140), (60.0, 60.0)  # of the patch, and where that eye lies in it, px
ROWS, COLUMNS = slice(38, 88), slice(91, 110)  # of the patch: the bridge of the nose
DARKEST = 20.0  # grey of the cheeks, below which they are taken for as light as this
#: Of 352 portraits four whose rims are thick have 0.138 to 0.233, three of thin ones 0.088 to 0.115, those
#: without at most 0.095; a frown of a turned head in a clip has 0.122.
LEAST = 0.13


def wears_glasses(image: np.ndarray, landmarks: np.ndarray) -> bool:
    """(S, S, 3) uint8 RGB and landmarks (68, 2 or 3) px of it → whether rims or dark lenses show."""
    return bar(image, landmarks) > LEAST or eyes_covered(image, landmarks)


def bar(image: np.ndarray, landmarks: np.ndarray) -> float:
    """How clear a bar lies across the bridge of the nose: change per px at its edges, of the light."""
    points = np.asarray(landmarks, np.float64)[:, :2]
    right, left = points[36:42].mean(0), points[42:48].mean(0)
    x, y = (left - right) * (BETWEEN / max(float(np.sum((left - right) ** 2)), 1e-6))
    turn = np.array([[x, y], [-y, x]])
    matrix = np.column_stack((turn, RIGHT_EYE_AT - turn @ right))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    light = max(light_of_cheeks(grey, points), DARKEST)
    patch = cv2.warpAffine(grey, matrix, SIZE, borderMode=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(cv2.GaussianBlur(patch, (0, 0), 1.0), cv2.CV_32F, 0, 1, scale=1 / 8) / light
    row = np.median(down[ROWS, COLUMNS], axis=1)
    return 2 * float(min(row.max(), -row.min()).clip(0))
