"""Stillness of the background."""

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


@clip_metric("background_identical", "Background identical", "higher", "%", 2, general=False)
def background_identical(sample: Sample) -> float:
    """Per cent of the background's pixels that neighbouring frames show in exactly the same colours."""
    return identical_part(sample.frames, sample.scene.masks.background)


def identical_part(frames: np.ndarray, background: np.ndarray) -> float:
    """frames (T, H, W, 3) uint8, background (T, H, W) bool → per cent; NaN where there is no background.

    A pixel counts where it is background in both frames.
    """
    both = background[:-1] & background[1:]
    same = (frames[:-1] == frames[1:]).all(-1)
    count = int(both.sum())
    return 100 * int((same & both).sum()) / count if count else float("nan")
