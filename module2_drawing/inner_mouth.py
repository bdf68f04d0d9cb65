"""The inside of a mouth that a photo does not show: dark, with the upper teeth where it opens wide."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.interpolate import CubicSpline

DARK, TEETH = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)
SHIFT = 4  # binary places of OpenCV's coordinates
OVERSAMPLING = 4
EDGE = 1.5  # px of 256, the line around the inside
TEETH_OPENING = 0.10  # of the mouth's width
UPPER_EDGE, LOWER_EDGE = (60, 61, 62, 63, 64), (64, 65, 66, 67, 60)
CURVE_POINTS = 33


def inner_mouth(landmarks: np.ndarray, size: int, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """landmarks (68, 2) px → drawing (C, size, size) in [−1, 1] and its opacity (1, size, size) in [0, 1]."""
    ring = np.concatenate([_curve(landmarks[list(edge)])[:-1] for edge in (UPPER_EDGE, LOWER_EDGE)])
    edge, inside = _outline(ring, size), _filled(ring, size)
    # The lips' edge stays dark above the teeth, or they would run into the paper.
    teeth = _teeth(landmarks, size) * inside * (1 - edge)
    opacity = np.maximum(inside, edge)
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
    return _filled(np.concatenate((_curve(upper), _curve(lower)[::-1])), size)


def inside_strength(source_opening: float, target_opening: float) -> float:
    """How much of the made-up inside a target needs, 0 … 1: more, the wider it opens than the photo does.

    A photo that shows teeth keeps them at rest. Openings: inner-lip gap / mouth width.
    """
    return float(np.clip((target_opening - max(source_opening, 0.02) - 0.02) / 0.04, 0, 1))


def _curve(points: np.ndarray) -> np.ndarray:
    """A smooth line through (N, 2) px: (CURVE_POINTS, 2)."""
    knots = np.arange(len(points))
    return CubicSpline(knots, points, bc_type="natural")(np.linspace(0, knots[-1], CURVE_POINTS))


def _outline(ring: np.ndarray, size: int) -> np.ndarray:
    """A closed line through (N, 2) px, antialiased: (size, size) float32 in [0, 1]."""
    canvas = np.zeros((size * OVERSAMPLING,) * 2, np.uint8)
    thickness = max(1, round(EDGE * size / 256 * OVERSAMPLING))
    cv2.polylines(canvas, [_places(ring)], True, 255, thickness, cv2.LINE_AA, SHIFT)
    return _reduced(canvas, size)


def _filled(outline: np.ndarray, size: int) -> np.ndarray:
    """A polygon (N, 2) px, antialiased: (size, size) float32 in [0, 1]."""
    canvas = np.zeros((size * OVERSAMPLING,) * 2, np.uint8)
    cv2.fillPoly(canvas, [_places(outline)], 255, cv2.LINE_AA, SHIFT)
    return _reduced(canvas, size)


def _places(points: np.ndarray) -> np.ndarray:
    return np.round(((points + 0.5) * OVERSAMPLING - 0.5) * 2**SHIFT).astype(np.int32)


def _reduced(canvas: np.ndarray, size: int) -> np.ndarray:
    return cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
