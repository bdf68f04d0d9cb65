"""Inter-frame SSIM: how alike neighbouring frames are."""

import cv2
import numpy as np

from ..photos import MovedPhoto
from ..sample import Sample, neighbours_ssim
from . import clip_metric


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
