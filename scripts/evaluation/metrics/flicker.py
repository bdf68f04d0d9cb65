"""What changes although nothing moves."""

from __future__ import annotations

import numpy as np

from ..sample import Sample
from . import clip_metric


@clip_metric("flicker", "Flicker", "lower", "grey levels", 3)
def flicker(sample: Sample) -> float:
    """Mean absolute change from a frame to the next, in grey levels of 255, of pixels that have no reason to
    change: background, and person where the asked landmarks move less than 0.1 px."""
    return still_change(sample.grey, sample.scene.masks.still)


def still_change(grey: np.ndarray, still: np.ndarray) -> float:
    """grey (T, H, W), still (T − 1, H, W) bool → mean |Δ| over still pixels; NaN where there is none."""
    total, count = 0.0, 0
    for first, second, mask in zip(grey[:-1], grey[1:], still, strict=True):
        change = np.abs(second.astype(np.float32) - first)[mask]
        total, count = total + float(change.sum()), count + change.size
    return total / count if count else float("nan")
