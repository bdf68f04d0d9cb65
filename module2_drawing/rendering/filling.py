"""Filling in: what a moved person uncovers, made up from around it, in arrays."""

import cv2
import numpy as np

INK_BELOW, INK_CONTRAST = 80, 8.0  # grey level and steepness at which a smear of ink counts as ink
BLUR_TAIL = 0.05  # of a soft edge, cut off at both of its ends


def filled_uint8(image: np.ndarray, hole: np.ndarray, radius: float) -> np.ndarray:
    """`filled_in` of one image (S, S[, 3]) uint8 with a hole (S, S) in {0, 1}; only the hole is right."""
    painted = cv2.inpaint(image, hole, radius, cv2.INPAINT_TELEA)
    if image.ndim == 2:
        smooth = cv2.GaussianBlur(painted, (0, 0), radius).astype(np.float32)
        painted = np.clip((smooth - INK_BELOW) * INK_CONTRAST, 0, 255).astype(np.uint8)
    return painted
