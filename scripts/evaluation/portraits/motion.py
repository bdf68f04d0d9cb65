"""The motion of a talking clip, which is carried to portraits."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ..drive import smoothed_track
from ..films import load_film
from ..metrics.inter_frame_ssim import ssim


class Motion(NamedTuple):
    """track: (T, 68, 2) float32 px of the clip's square of 256², smoothed; sound: (N,) float32, 16 kHz;
    ssim: (T − 1,), how alike neighbouring frames of the clip itself are."""

    track: np.ndarray
    sound: np.ndarray
    ssim: np.ndarray


def clip_motion(path: Path, seconds: float) -> Motion:
    """Follow the face of a clip at 25 frames/s. Raises InputError where there is none, or no sound."""
    film = load_film(path, seconds)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in film.frames]
    alike = [ssim(first, second) for first, second in pairwise(grey)]
    return Motion(smoothed_track(film).astype(np.float32), film.sound, np.array(alike, np.float32))
