"""Frame: the size at which the coloured styles are painted, the photo's from 512 to 1024 px, and its px."""

from dataclasses import replace
from typing import Any, TypeVar

import cv2
import numpy as np

from .line_drawing import LARGEST, LARGEST_WORKING, WORKING_SIZE

Settings = TypeVar("Settings", bound=Any)


def working_copy(image: np.ndarray, unit: int | None = None) -> tuple[np.ndarray, float]:
    """(H, W, 3) uint8 RGB of any size → the picture as it is painted, and px of it that are one of 512.

    Its longer side has 512 to 1024 px; with `unit`, px of the image that a square picture of a face is drawn
    as, those have.
    """
    height, width = image.shape[:2]
    asked = unit or max(height, width)
    scale = float(np.clip(asked, WORKING_SIZE, LARGEST)) / asked
    scale = min(scale, LARGEST_WORKING / max(height, width))
    if scale == 1:
        return image, asked / WORKING_SIZE
    size = max(1, round(width * scale)), max(1, round(height * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, size, interpolation=kind), scale * asked / WORKING_SIZE


def scaled(settings: Settings, names: tuple[str, ...], scale: float) -> Settings:
    """Settings, a data class, with those of these names that many times as large."""
    return replace(settings, **{name: getattr(settings, name) * scale for name in names})


def calm(image: np.ndarray, diameter: int, spread: float, sigma: float, scale: float) -> np.ndarray:
    """Bilateral filter of (h, w, 3) uint8; diameter and σ in px of 512."""
    return cv2.bilateralFilter(image, 2 * round((diameter - 1) / 2 * scale) + 1, spread, sigma * scale)


def finish(drawing: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(h, w, 3) float RGB in [0, 1] at the working size → (H, W, 3) uint8 of the photo's shape."""
    pixels = np.clip(drawing * 255 + 0.5, 0, 255).astype(np.uint8)
    if pixels.shape[:2] == tuple(shape[:2]):
        return pixels
    shrinks = shape[0] < pixels.shape[0]
    return cv2.resize(
        pixels, (shape[1], shape[0]), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
