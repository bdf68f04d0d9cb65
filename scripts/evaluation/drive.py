"""What the drawing methods are asked to show: landmark frames from the speech, or those of the film."""

from __future__ import annotations

import os

import numpy as np
import torch

from module1_audio2lmk.foundation.face.align import CROP_SIZE
from module1_audio2lmk.foundation.face.geometry import smooth

from .films import SIZE, Film

DRIVES = ("speech", "film")
_WINDOW = 5  # frames of the Savitzky–Golay filter that takes the judge's jitter off


class Drive:
    """Film → landmarks (T, 68, 2) float32 px of the 512² crop, the same for every method.

    speech: predicted from the sound, as the system is used. film: the film's own motion, put on the photo's
    landmarks: what the drawing stage does by itself.
    """

    def __init__(
        self, name: str, checkpoints_dir: str | os.PathLike[str], device: torch.device, seed: int = 0
    ) -> None:
        self.name = name
        self._speech = None
        self.description = "landmarks: the film's own motion"
        if name == "speech":
            from module1_audio2lmk import SpeechToLandmarks

            self._speech = SpeechToLandmarks(checkpoints_dir, device, seed=seed)
            self.description = f"landmarks: {self._speech.describe()}"

    def __call__(self, film: Film) -> np.ndarray:
        if self._speech is None:
            return film_motion(film)
        landmarks = self._speech(film.sound, film.face, film.fps)
        return fit_length(landmarks, len(film.frames)).astype(np.float32)


def film_motion(film: Film) -> np.ndarray:
    """The film's tracked motion, smoothed, added to the photo's landmarks, px of the 512² crop."""
    track = smoothed_track(film)
    motion = (track - track[:1]) * (CROP_SIZE / SIZE)
    return (film.face.landmarks[None, :, :2] + motion).astype(np.float32)


def smoothed_track(film: Film) -> np.ndarray:
    """(T, 68, 2) px of 256²: the landmarks that the judge finds in the film, smoothed."""
    return smooth(film.located.landmarks, _WINDOW)


def fit_length(frames: np.ndarray, count: int) -> np.ndarray:
    """Cut (T, …) to `count` frames, or repeat the last."""
    return frames[np.minimum(np.arange(count), len(frames) - 1)]
