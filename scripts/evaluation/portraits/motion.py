"""The motion of a talking clip, carried to a portrait."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from module1_audio2lmk.landmarks import RIGID_POINTS
from module2_drawing.data.motion import retarget, similarity

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


def carried(photo: np.ndarray, track: np.ndarray) -> np.ndarray:
    """The landmarks of a photo, moved as those of a clip move away from its first frame.

    photo: (68, 2) px, track: (T, 68, 2) px of any other frame → (T, 68, 2) float32 px of the photo. The
    change of expression and the motion of the head are each scaled and turned as the clip's face has to be to
    lie on the photo's; the first frame is the photo.
    """
    rigid, first = list(RIGID_POINTS), track[0].astype(np.float64)
    photo = photo.astype(np.float64)
    place, shift = similarity(first[rigid], photo[rigid])
    back = np.linalg.inv(place)
    frames = []
    for now in track.astype(np.float64):
        turn, way = similarity(first[rigid], now[rigid])
        in_clip = (retarget(photo, first, now) - shift) @ back.T
        frames.append((in_clip @ turn.T + way) @ place.T + shift)
    return np.stack(frames).astype(np.float32)
