"""Shadow of a photo as tones, for line styles that shade: alike on every skin, darkest in black hair."""

import cv2
import numpy as np

from .line_drawing import without_haze

SURROUND = 70.0  # σ px of 512²: shadow is what is darker than the surroundings of this size
LIT, FULL = 0.95, 0.45  # ratios of lightness at which shadow begins and is full
BLACK_BEGINS, BLACK = 60.0, 24.0  # L of 0 … 255: below every lit skin, hair and cloth are dark by themselves


def shadow(photo: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """(h, w, 3) uint8 RGB → shadow that falls and what is dark by itself, (h, w) float32 in [0, 1] each.

    1 is the darkest; smooth over about 3 px of 512. unit: px of the photo that such a px is.
    """
    lightness = without_haze(cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)[..., 0])
    smooth = cv2.GaussianBlur(lightness, (0, 0), 3.0 * unit).astype(np.float32)
    ratio = smooth / np.maximum(cv2.GaussianBlur(smooth, (0, 0), SURROUND * unit), 1)
    relative = np.clip((LIT - ratio) / (LIT - FULL), 0, 1)
    black = np.clip((BLACK_BEGINS - smooth) / (BLACK_BEGINS - BLACK), 0, 1)
    return relative, black
