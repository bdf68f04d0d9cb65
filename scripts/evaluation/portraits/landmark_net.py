"""The project's own landmark network as a second judge: trained for photos and drawings alike."""

from __future__ import annotations

import os

import numpy as np
import torch

from module1_audio2lmk.foundation import checkpoints
from module2_drawing.data.transforms import FACE_WINDOW
from module2_drawing.losses.geometry import find_landmarks
from module2_drawing.networks import MobileFaceNet

from ..films import SIZE

KEY = "mobilefacenet"
#: Middle of the landmarks of aligned photos, fractions of the frame.
FACE_CENTRE = (0.498, 0.584)
_BATCH = 16


class LandmarkNet:
    """Frames → landmarks; every frame by itself.

    First in the window where the alignment puts the face, then in the same window moved to the landmarks that
    were found there: nothing tells the network about the target.
    """

    def __init__(self, found: checkpoints.Found) -> None:
        self.path = found.path
        self._network = checkpoints.build_found(MobileFaceNet, found)

    @torch.no_grad()
    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """(T, 256, 256, 3) uint8 RGB → (T, 68, 2) float32 px."""
        left, top, right, bottom = (round(part * SIZE) for part in FACE_WINDOW)
        aligned = torch.tensor([[left, right, top, bottom]], dtype=torch.float32)
        centre = SIZE * torch.tensor(FACE_CENTRE)
        found = []
        for start in range(0, len(frames), _BATCH):
            images = torch.from_numpy(frames[start : start + _BATCH]).permute(0, 3, 1, 2).float() / 127.5 - 1
            first = find_landmarks(self._network, images, aligned.expand(len(images), -1))
            moved = aligned + (first.mean(1) - centre)[:, [0, 0, 1, 1]]
            found.append(find_landmarks(self._network, images, moved).numpy())
        return np.concatenate(found)


def load_net(
    checkpoints_dir: str | os.PathLike[str] = "checkpoints", file: str | os.PathLike[str] | None = None
) -> LandmarkNet | None:
    """The network of a file, else the one that is found; None without any. InputError for a bad file."""
    found = checkpoints.find(KEY, checkpoints_dir, file)
    return LandmarkNet(found) if found else None
