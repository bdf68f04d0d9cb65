"""Inter-frame SSIM: how alike neighbouring frames are."""

from __future__ import annotations

import cv2
import numpy as np

from ..sample import Sample
from . import clip_metric

_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


@clip_metric("inter_frame_ssim", "Inter-frame SSIM", "higher", decimals=4)
def inter_frame_ssim(sample: Sample) -> float:
    """Mean SSIM (Wang et al. 2004; 11² Gaussian window, σ 1.5, grey) of neighbouring frames; a still picture
    has 1."""
    pairs = zip(sample.grey[:-1], sample.grey[1:], strict=True)
    return float(np.mean([ssim(first, second) for first, second in pairs]))


def ssim(first: np.ndarray, second: np.ndarray) -> float:
    """Structural similarity of two grey images (H, W) in 0…255, the mean over windows that lie inside."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    mean_a, mean_b = _blur(a), _blur(b)
    variances = _blur(a * a) - mean_a**2 + _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    below = (mean_a**2 + mean_b**2 + _C1) * (variances + _C2)
    edge = _WINDOW // 2
    return float((above / below)[edge:-edge, edge:-edge].mean())


def _blur(image: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(image, (_WINDOW, _WINDOW), _SIGMA)
