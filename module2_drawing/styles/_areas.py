"""Areas: a photo parted into flat ones and the fine details that must stay readable: eyes, teeth, lips."""

import cv2
import numpy as np

_MARGIN = 8
_BETA_MAX = 1e3


def flat_areas(tab: np.ndarray, strength: float) -> np.ndarray:
    """(h, w, 3) float32 (T, a, b) → the same with few gradients left, found at half the size."""
    height, width = tab.shape[:2]
    half = cv2.resize(tab, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    flat = minimise_gradients(half / 100, strength) * 100
    return cv2.resize(flat, (width, height), interpolation=cv2.INTER_CUBIC)


def minimise_gradients(image: np.ndarray, strength: float) -> np.ndarray:
    """(h, w, C) float32 → argmin over S of Σ(S − I)² + λ·#{pixels where S has a gradient}, λ = strength.

    Half-quadratic splitting; Xu, Lu, Xu and Jia, "Image smoothing via L0 gradient minimization" (2011).
    """
    smooth = cv2.copyMakeBorder(image, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REFLECT)
    height, width = smooth.shape[:2]
    along_x = 2 - 2 * np.cos(2 * np.pi * np.fft.rfftfreq(width))
    along_y = 2 - 2 * np.cos(2 * np.pi * np.fft.fftfreq(height))
    laplacian = (along_x + along_y[:, None]).astype(np.float32)[..., None]
    spectrum = np.fft.rfft2(smooth, axes=(0, 1))
    beta = 2 * strength
    while beta < _BETA_MAX:
        gx, gy = np.roll(smooth, -1, 1) - smooth, np.roll(smooth, -1, 0) - smooth
        kept = (gx * gx + gy * gy).sum(2, keepdims=True) >= strength / beta
        gx, gy = gx * kept, gy * kept
        divergence = np.roll(gx, 1, 1) - gx + np.roll(gy, 1, 0) - gy
        spectrum_now = (spectrum + beta * np.fft.rfft2(divergence, axes=(0, 1))) / (1 + beta * laplacian)
        smooth = np.fft.irfft2(spectrum_now, s=(height, width), axes=(0, 1)).astype(np.float32)
        beta *= 2
    return smooth[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def details(tab: np.ndarray, areas: np.ndarray, sigma: float = 5.0, floor: float = 2.0) -> np.ndarray:
    """(h, w, 3) Lab: what the areas lack of the picture, finer than `sigma` px, in T by more than `floor`."""
    lost = tab - areas
    lost -= cv2.GaussianBlur(lost, (0, 0), sigma)
    tone = lost[..., 0]
    lost[..., 0] = np.sign(tone) * np.maximum(np.abs(tone) - floor, 0)
    return lost
