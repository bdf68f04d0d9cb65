"""Grain: the noise of a photo, found where the photo is plainest, and a lightness without it.

Lines are ratios of lightness: noise that nobody sees in full light is as strong as lines in the dark. What is
weaker than noise can be is taken out there (non-negative garrote, Gao 1998); photos without noise stay as
they are, byte for byte.
"""

import cv2
import numpy as np

PIXEL, BAND = 1.0, 3.0  # σ px of 512²: grain is finer than the first, lines are finer than the second
FLAT = 0.1  # lightness: where it varies less, noise is cut off or was never there
AREA = 24.0  # px of 512² of the places that are searched for plain ones
PLAINEST = 10.0  # percentile of these, from the plainest
CUT = 245.0  # lightness, 0 … 255, above which noise is cut off
#: Grain of the plainest places. Of 33 photos the most had 1.14; with noise of 6 to 8 grey levels, half of it
#: cut off at black, the least had 2.3.
LEAST, FULL = 1.3, 2.0
LIMIT = 3.5  # standard deviations of noise below which nothing is drawn
SEEN = 0.03  # share of the lightness around, below which nothing is drawn anyway


def without_noise(smooth: np.ndarray, lightness: np.ndarray, unit: float) -> np.ndarray:
    """Smoothed lightness (h, w) float32, 0 … 255 → the same without what noise alone may be.

    lightness: (h, w) uint8, as it was in the photo; unit: px of 1/512 of the picture.
    """
    share = (_plainest(lightness.astype(np.float32), PIXEL * unit, AREA * unit) - LEAST) / (FULL - LEAST)
    if share <= 0:
        return smooth
    level = min(share, 1.0) * _plainest(smooth, BAND * unit, AREA * unit)
    around = cv2.GaussianBlur(smooth, (0, 0), BAND * unit)
    fine = smooth - around
    limit = np.maximum(LIMIT * level - SEEN * around, 0)
    kept = np.maximum(1 - (limit / np.maximum(np.abs(fine), 1e-3)) ** 2, 0)
    return around + kept * fine


def _plainest(lightness: np.ndarray, sigma: float, side: float) -> float:
    """Standard deviation of what is finer than σ px, where there is least of it and nothing is cut off."""
    fine = lightness - cv2.GaussianBlur(lightness, (0, 0), sigma)
    window = (round(side),) * 2
    spread = cv2.blur(fine * fine, window)
    noisy = (spread > FLAT**2) & (cv2.blur(lightness, window) < CUT)
    return float(np.sqrt(np.percentile(spread[noisy], PLAINEST))) if noisy.any() else 0.0
