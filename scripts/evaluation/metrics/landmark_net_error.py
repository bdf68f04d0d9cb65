"""Landmark error by the project's own landmark network, which is trained for photos and drawings alike."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import LIPS
from module2_drawing.data.transforms import FACE_WINDOW
from module2_drawing.losses.geometry import find_landmarks
from module2_drawing.networks import MobileFaceNet

from ..clips import SIZE
from ..sample import Sample
from . import ClipFunction, Files, Metric, register
from .landmark_error import mean_distance

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
        self._network = checkpoints.build(found, MobileFaceNet)

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


def net_files(files: Files) -> list[Path] | None:
    """The network of the user's file, else the one that is found; None without any."""
    found = checkpoints.find(KEY, files.checkpoints_dir, files.landmark_net)
    return [found.path] if found else None


@lru_cache(maxsize=1)
def load_net(checkpoints_dir: str = "checkpoints", file: str | None = None) -> LandmarkNet:
    """The network, once for all metrics. InputError where there is none, or for a bad file."""
    found = checkpoints.find(KEY, checkpoints_dir, file)
    if found is None:
        raise InputError("net_error needs a landmark network, which is not found: give --landmark_net FILE")
    return LandmarkNet(found)


def _register(name: str, label: str, which: str, points: slice | tuple[int, ...]) -> None:
    def measure(files: Files) -> ClipFunction:
        net = load_net(str(files.checkpoints_dir), files.landmark_net)

        def error(sample: Sample) -> float:
            found = sample.once(KEY, lambda: net(sample.frames))
            return mean_distance(found[:, points], sample.scene.asked[:, points])

        return error

    register(
        Metric(
            name=name,
            label=label,
            unit="px",
            better="lower",
            decimals=2,
            definition=f"Distance of the {which} that the own network finds in the frames from those asked "
            "for, px of 256².",
            measure=measure,
            files=net_files,
            general=False,
        )
    )


_register("net_error", "Landmark error, own network", "68 landmarks", slice(None))
_register("net_error_lips", "Lip landmark error, own network", "20 lip landmarks", LIPS)
