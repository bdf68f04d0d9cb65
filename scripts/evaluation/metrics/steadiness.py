"""Steadiness: what changes from frame to frame: of the background, where nothing moves, and on the whole."""

import cv2
import numpy as np

from ..photos import MovedPhoto
from ..sample import Sample, neighbours_ssim
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


@clip_metric("inter_frame_ssim", "Inter-frame SSIM", "higher", decimals=4)
def inter_frame_ssim(sample: Sample) -> float:
    """Mean SSIM (Wang et al. 2004; 11² Gaussian window, σ 1.5, grey) of neighbouring frames; a still picture
    has 1."""
    return float(sample.ssim.mean())


@clip_metric("clip_ssim", "Inter-frame SSIM of the clip", "higher", decimals=4, general=False)
def clip_ssim(sample: Sample) -> float:
    """Mean SSIM of neighbouring frames of the clip itself that moves the photo: what its motion allows."""
    portrait = sample.scene.portrait
    clip = portrait.clip if isinstance(portrait, MovedPhoto) else sample.clip
    assert clip is not None
    return float(neighbours_ssim(np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in clip.frames])).mean())
