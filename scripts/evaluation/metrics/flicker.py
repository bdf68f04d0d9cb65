"""Flicker: what comes and goes although nothing moves."""

import numpy as np

from ..sample import Sample
from . import clip_metric


@clip_metric("flicker", "Flicker", "lower", "grey levels", 3)
def flicker(sample: Sample) -> float:
    """Mean of |I(t−1) − 2 I(t) + I(t+1)| / 2, in grey levels of 255, over pixels with no reason to change
    in three frames: background, and person where the asked landmarks move less than 0.1 px a frame. A drift
    counts nothing, a line that is there in one frame alone counts in full."""
    return still_flicker(sample.grey, sample.scene.masks.still)


def still_flicker(grey: np.ndarray, still: np.ndarray) -> float:
    """grey (T, H, W), still (T − 1, H, W) bool from frame to frame; NaN where nothing is still."""
    total, count = 0.0, 0
    for index in range(1, len(grey) - 1):
        before, now, after = (grey[i].astype(np.float32) for i in (index - 1, index, index + 1))
        change = np.abs(before - 2 * now + after)[still[index - 1] & still[index]] / 2
        total, count = total + float(change.sum()), count + change.size
    return total / count if count else float("nan")
