"""Lightness: parts of a photo around a feature of the face, darker or lighter before a style sees them."""

from collections.abc import Callable

import cv2
import numpy as np

ACROSS = 180.0  # px between the outer corners of the eyes at the scale that lengths are given in


def unit_of(landmarks: np.ndarray) -> float:
    """How many px of a photo, landmarks (68, 2) px of it, are one at that scale."""
    return float(np.linalg.norm(landmarks[45] - landmarks[36])) / ACROSS


def lightness(photo: np.ndarray) -> np.ndarray:
    """L of LAB of (H, W, 3) uint8 RGB: (H, W) float32 in [0, 255]."""
    return cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)


def relit(
    photo: np.ndarray,
    points: np.ndarray,
    unit: float,
    room: tuple[float, float],
    factor_of: Callable[[np.ndarray, np.ndarray], np.ndarray | None],
) -> np.ndarray:
    """A photo (H, W, 3) uint8 RGB, darker or lighter around points (N, 2) px; the same one if nothing is.

    room: `unit` px before and behind the points, of the part looked at. factor_of: from it and its first
    pixel's x, y (2,), how many times as light its pixels get, (h, w), or None for all the same.
    """
    low = np.floor(points.min(0) - room[0] * unit).astype(int).clip(0)
    right, bottom = np.ceil(points.max(0) + room[1] * unit).astype(int).clip(0)
    part = slice(low[1], bottom), slice(low[0], right)
    if unit <= 0 or min(photo[part].shape[:2]) < 3:
        return photo  # a feature outside of the photo
    factor = factor_of(photo[part], low)
    if factor is None:
        return photo
    photo = photo.copy()
    photo[part] = np.rint(photo[part] * factor[..., None]).clip(0, 255)
    return photo
