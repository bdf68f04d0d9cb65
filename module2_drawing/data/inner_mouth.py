"""The inside of a mouth that a photo does not show: dark, with the upper teeth where it opens wide."""

from __future__ import annotations

import cv2
import numpy as np

DARK, TEETH = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)
SHIFT = 4  # binary places of OpenCV's coordinates
OVERSAMPLING = 4
TEETH_OPENING = 0.10  # of the mouth's width
UPPER_EDGE = (60, 61, 62, 63, 64)


def inner_mouth(landmarks: np.ndarray, size: int, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """landmarks (68, 2) px → drawing (C, size, size) in [−1, 1] and its opacity (1, size, size) in [0, 1]."""
    opacity = _filled(landmarks[60:68], size)
    teeth = _teeth(landmarks, size) * opacity
    dark, light = (np.array(colour[:channels], np.float32)[:, None, None] for colour in (DARK, TEETH))
    return dark + (light - dark) * teeth, opacity[None]


def _teeth(landmarks: np.ndarray, size: int) -> np.ndarray:
    """A band along the upper lip, as high as the mouth is open, up to a height that teeth have."""
    width = float(np.linalg.norm(landmarks[64] - landmarks[60]))
    down = landmarks[66] - landmarks[62]
    gap = float(np.linalg.norm(down))
    if gap < TEETH_OPENING * max(width, 1e-6):
        return np.zeros((size, size), np.float32)
    centre = (landmarks[60] + landmarks[64]) / 2
    upper = centre + (landmarks[list(UPPER_EDGE)] - centre) * 0.85
    height = min(0.45 * gap, 0.13 * width)
    lower = upper + down / gap * height * np.array([0.1, 0.8, 1.0, 0.8, 0.1])[:, None]
    return _filled(np.concatenate((upper, lower[::-1])), size)


def _filled(outline: np.ndarray, size: int) -> np.ndarray:
    """A polygon (N, 2) px, antialiased: (size, size) float32 in [0, 1]."""
    canvas = np.zeros((size * OVERSAMPLING,) * 2, np.uint8)
    points = np.round(((outline + 0.5) * OVERSAMPLING - 0.5) * 2**SHIFT).astype(np.int32)
    cv2.fillPoly(canvas, [points], 255, cv2.LINE_AA, SHIFT)
    return cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
