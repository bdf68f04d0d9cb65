"""The size at which the coloured styles are painted, whatever the photo's: it sets the widths of strokes."""

from __future__ import annotations

import cv2
import numpy as np

from .line_drawing import LARGEST_WORKING, WORKING_SIZE


def working_copy(image: np.ndarray, unit: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 RGB of any size → the same picture with a longer side of 512 px.

    unit: px of the image that are to be 512, where it shows more than a face.
    """
    height, width = image.shape[:2]
    scale = min(WORKING_SIZE / (unit or max(height, width)), LARGEST_WORKING / max(height, width))
    if scale == 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def finish(drawing: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(h, w, 3) float RGB in [0, 1] at the working size → (H, W, 3) uint8 of the photo's shape."""
    pixels = np.clip(drawing * 255 + 0.5, 0, 255).astype(np.uint8)
    if pixels.shape[:2] == tuple(shape[:2]):
        return pixels
    shrinks = shape[0] < pixels.shape[0]
    return cv2.resize(
        pixels, (shape[1], shape[0]), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
