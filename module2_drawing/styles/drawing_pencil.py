"""Pencil drawing: soft grey contours, and shadow in slanting strokes that the paper's grain breaks."""

from functools import lru_cache

import cv2
import numpy as np

from ._fields import cut, paper
from ._ink import INK_PEN, PENCIL, ink_lines
from ._shadow import shadow
from .line_drawing import WORKING_SIZE, at_working_size

CHANNELS = 1
OUTLINE = 0.8, 0.62
CONTOUR, FINE = 0.62, 0.4  # darkness of the lines of a soft and of a hard pencil
SHADE = 0.68  # darkness of the deepest shadow
STROKES, GRAIN = 0.30, 0.16  # by how much strokes and paper change a shadow's darkness
STROKE_LENGTH, STROKE_ANGLE = 45, -52.0  # px of 512², degrees


def render(image: np.ndarray, unit: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 RGB photo → (H, W) uint8 drawing, 0 black … 255 paper; deterministic.

    unit: px of the image that a square picture of a face is drawn as, where it shows more.
    """

    def draw(photo: np.ndarray, size: int) -> np.ndarray:
        scale = size / WORKING_SIZE
        strokes, grain = cut(_strokes(), photo.shape, scale), paper(photo.shape, scale)
        soft, hard = (ink_lines(photo, pencil.at(size)) for pencil in (INK_PEN, PENCIL))
        texture = np.clip(1 + STROKES * strokes - GRAIN * grain, 0, 1.6)
        shade = SHADE * np.maximum(*shadow(photo, scale)) ** 0.85 * texture
        lines = np.maximum(CONTOUR * soft, FINE * hard) * np.clip(1 - 0.5 * GRAIN * grain, 0, 1.3)
        return np.clip(1 - shade, 0.08, 1) * (1 - np.clip(lines, 0, 0.9))

    return at_working_size(image, draw, unit)


@lru_cache(maxsize=1)
def _strokes() -> np.ndarray:
    """Slanting streaks, (512, 512) float32, mean 0, standard deviation 1."""
    white = np.random.default_rng(91).standard_normal((WORKING_SIZE, WORKING_SIZE)).astype(np.float32)
    kernel = np.zeros((STROKE_LENGTH, STROKE_LENGTH), np.float32)
    middle = STROKE_LENGTH // 2
    reach = middle * np.array([np.cos(np.deg2rad(STROKE_ANGLE)), np.sin(np.deg2rad(STROKE_ANGLE))])
    ends = [tuple(round(float(v)) for v in middle + sign * reach) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    kernel = cv2.GaussianBlur(kernel, (0, 0), 0.8)
    streaks = cv2.filter2D(white, -1, kernel, borderType=cv2.BORDER_WRAP)
    return (streaks - streaks.mean()) / streaks.std()
