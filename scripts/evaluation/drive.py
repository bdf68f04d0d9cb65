"""Drive: the landmarks that drawing methods are asked to show, from the speech or of the clip itself."""

import os

import numpy as np
import torch

from module1_audio2lmk import SpeechToLandmarks

from .clips import Portrait

DRIVES = ("speech", "clip")


class Drive:
    """Clip or photo → landmarks (T, 68, 2) float32 px of the 512² crop, the same for every method.

    speech: predicted from the sound, as the system is used. clip: the clip's own motion, put on the photo's
    landmarks: what the drawing stage does by itself.
    """

    def __init__(
        self, name: str, checkpoints_dir: str | os.PathLike[str], device: torch.device, seed: int = 0
    ) -> None:
        self._speech = None
        self.description = "landmarks: the clip's own motion"
        if name == "speech":
            self._speech = SpeechToLandmarks(checkpoints_dir, device, seed=seed)
            self.description = f"landmarks: {self._speech.describe()}"

    def __call__(self, portrait: Portrait) -> np.ndarray:
        if self._speech is None:
            return portrait.motion()
        landmarks = self._speech(portrait.sound, portrait.face, portrait.fps)
        return fit_length(landmarks, portrait.count).astype(np.float32)


def fit_length(frames: np.ndarray, count: int) -> np.ndarray:
    """Cut (T, …) to `count` frames, or repeat the last."""
    return frames[np.minimum(np.arange(count), len(frames) - 1)]
