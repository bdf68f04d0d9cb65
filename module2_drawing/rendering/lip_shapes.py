"""Lip shapes: smooth edges of the inner lips, and filled outlines."""

from functools import cache

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame

#: Landmarks along an edge of the gap, from left to right, and those across it.
UPPER_EDGE, LOWER_EDGE = (60, 61, 62, 63, 64, 67, 66, 65), (60, 67, 66, 65, 64, 61, 62, 63)
#: The three points that the face mesh has between the first two of these, which are far apart, as sums of
#: all; mirrored, those between the last two. Fitted to 432 people, with landmarks off by 2 % of half a mouth;
#: those of 108 others are 1.0 % off above and 0.7 % below (2.9 and 3.0 % on a spline through landmarks of the
#: edge alone, which makes wedges of mouths). Lips that meet have one edge.
BETWEEN = np.array(
    (
        (0.76, 0.27, 0.05, 0.06, 0.0, 0.04, -0.09, -0.09),
        (0.57, 0.49, 0.13, -0.04, -0.04, -0.08, -0.08, 0.05),
        (0.33, 0.54, 0.22, 0.03, -0.06, -0.03, -0.06, 0.03),
    )
)
MIRRORED = (4, 3, 2, 1, 0, 7, 6, 5)
CURVE_POINTS = 33
PLACES = np.linspace(-1, 1, CURVE_POINTS)
ARC = np.linalg.pinv(np.vander(PLACES, 3))  # of heights at PLACES, the parabola nearest to them
SHIFT = 4  # binary places of OpenCV's coordinates
OVERSAMPLING = 4


def edges(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower edge of the gap between the lips, both from left to right: (CURVE_POINTS, 2) px each.

    landmarks: (68, 2) px.
    """
    return edge_of_gap() @ landmarks[list(UPPER_EDGE)], edge_of_gap() @ landmarks[list(LOWER_EDGE)]


def gap_outline(landmarks: np.ndarray) -> np.ndarray:
    """The gap between the lips, landmarks (68, 2) px: (2 CURVE_POINTS, 2) px around it."""
    upper, lower = edges(landmarks)
    return np.concatenate((upper, lower[::-1]))


def heights(lips: CornerFrame, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """px that the inner lips, landmarks (68, 2), lie below their corners' line, at PLACES: (K,) each."""
    (at, top), (under, low) = (lips.local(edge) for edge in edges(landmarks))
    return np.interp(PLACES, at, top), np.interp(PLACES, under, low)


def at_places(values: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Values (K[, C]) at PLACES, between and beyond these: at places (h, w) float32, (h, w[, C]) float32."""
    columns = (across + 1) * np.float32((len(values) - 1) / 2)
    rows, values = np.zeros_like(columns), values[None].astype(np.float32)
    seen = cv2.remap(values, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return seen.reshape(across.shape + values.shape[2:])


def around(points: np.ndarray, margin: float) -> tuple[slice, slice]:
    """Rows and columns of a picture within px of points (N, 2) px."""
    (left, top), (right, bottom) = (points.min(0) - margin).clip(0), (points.max(0) + margin).clip(0)
    return slice(int(top), int(bottom)), slice(int(left), int(right))


def curve(points: np.ndarray) -> np.ndarray:
    """A smooth line through (N, 2) px: (CURVE_POINTS, 2)."""
    return spline_through(len(points)) @ points


@cache
def edge_of_gap() -> np.ndarray:
    """An edge of the gap between the lips: (CURVE_POINTS, 8), to be multiplied by landmarks in its order."""
    marks = np.eye(8)
    dense = np.concatenate((marks[:1], BETWEEN, marks[1:4], BETWEEN[::-1, MIRRORED], marks[4:5]))
    return spline_through(len(dense)) @ dense


@cache
def spline_through(knots: int) -> np.ndarray:
    """The natural cubic spline through points at 0, 1, …: (CURVE_POINTS, knots), to be multiplied by them."""
    # Second derivatives at the knots: M[i-1] + 4 M[i] + M[i+1] = 6 (y[i-1] - 2 y[i] + y[i+1]), 0 at the ends.
    second = np.diff(np.eye(knots), 2, axis=0)
    bend = np.zeros((knots, knots))
    between = 4 * np.eye(knots - 2) + np.eye(knots - 2, k=1) + np.eye(knots - 2, k=-1)
    bend[1:-1] = np.linalg.solve(between, 6 * second)
    places = np.linspace(0, knots - 1, CURVE_POINTS)
    left = np.minimum(places.astype(int), knots - 2)
    after = (places - left)[:, None]
    before = 1 - after
    straight = before * np.eye(knots)[left] + after * np.eye(knots)[left + 1]
    return straight + ((before**3 - before) * bend[left] + (after**3 - after) * bend[left + 1]) / 6


def filled(outline: np.ndarray, size: int) -> np.ndarray:
    """A polygon (N, 2) px, antialiased: (size, size) float32 in [0, 1]."""
    canvas = np.zeros((size * OVERSAMPLING,) * 2, np.uint8)
    cv2.fillPoly(canvas, [_places(outline)], 255, cv2.LINE_AA, SHIFT)
    return cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _places(points: np.ndarray) -> np.ndarray:
    return np.round(((points + 0.5) * OVERSAMPLING - 0.5) * 2**SHIFT).astype(np.int32)
