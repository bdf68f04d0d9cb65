"""Does the background stand still?"""

from __future__ import annotations

import numpy as np

from ..sample import Sample
from . import clip_metric

_EQUAL = 2  # grey levels


@clip_metric("background_stillness", "Background still", "higher", "%", 2)
def background_stillness(sample: Sample) -> float:
    """Per cent of the background's pixels that are as in the first frame, within 2 grey levels of 255."""
    return unchanged_part(sample.grey, sample.scene.masks.background)


def unchanged_part(grey: np.ndarray, background: np.ndarray) -> float:
    """grey (T, H, W), background (T, H, W) bool → per cent; NaN where there is no background."""
    same = count = 0
    for frame, mask in zip(grey[1:], background[1:], strict=True):
        both = mask & background[0]
        same += int((np.abs(frame.astype(np.int16) - grey[0])[both] <= _EQUAL).sum())
        count += int(both.sum())
    return 100 * same / count if count else float("nan")
