"""Colour space that the styles work in, and tones in steps.

(T, a, b): CIE Lab with its lightness L on a tone scale T = 50 + 75 ln((L + 25) / 75). In L, the same shading
(the same share of light lost) makes a smaller difference on dark skin than on light; in T it makes nearly the
same one, so that every threshold, step and texture counts alike on both. T is −32 at black, 50 at L = 50, 88
at white.
"""

import cv2
import numpy as np

BLACK, WHITE = -32.4, 88.4
_OFFSET, _SCALE, _MIDDLE = 25.0, 75.0, 50.0


def to_tab(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3) RGB, uint8 or float in [0, 1] → (T, a, b) float32; a and b about −100 … 100."""
    scale = 255 if rgb.dtype == np.uint8 else 1
    lab = cv2.cvtColor(np.clip(rgb.astype(np.float32) / scale, 0, 1), cv2.COLOR_RGB2LAB)
    lab[..., 0] = _MIDDLE + _SCALE * np.log((np.maximum(lab[..., 0], 0) + _OFFSET) / _SCALE)
    return lab


def to_rgb(tab: np.ndarray) -> np.ndarray:
    """(h, w, 3) (T, a, b) → RGB float32 in [0, 1]."""
    lab = tab.astype(np.float32)
    lab[..., 0] = _SCALE * np.exp((lab[..., 0] - _MIDDLE) / _SCALE) - _OFFSET
    lab[..., 0] = np.clip(lab[..., 0], 0, 100)
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)


def soft_steps(values: np.ndarray, width: float, softness: float) -> np.ndarray:
    """Pull values to the multiples of `width`; half-way between two they change over along a ramp.

    softness > 0: the ramp's width; at 1 the values are nearly left alone, towards 0 they are cut hard. The
    result is continuous, so that a small change of a value stays one.
    """
    position = values / width
    step = np.floor(position)
    ramp = np.tanh((position - step - 0.5) * (2 / softness)) / np.tanh(1 / softness)
    return (step + 0.5 + 0.5 * ramp) * width
