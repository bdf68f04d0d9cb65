"""Backends: the networks of weight files, on a device and ready to draw."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.device import pick_device
from module1_audio2lmk.foundation.face.align import CROP_SIZE

if TYPE_CHECKING:
    import torch

    from module1_audio2lmk.foundation.checkpoints import Found, Network

SIZE = 256  # px that the networks work at
ORIGINS = {"published": "published weights", "default": "own default weights", "user": "weights"}

PathLike = str | os.PathLike[str]


def loaded(kind: type[Network], file: Found | PathLike, device: torch.device | str) -> Network:
    """The network of class `kind` in a weight file, on the device and fixed. Raises InputError where the file
    is damaged or holds another network."""
    return checkpoints.build(file, kind).to(pick_device(device)).requires_grad_(False)


def to_frame(landmarks: np.ndarray) -> np.ndarray:
    """px of the 512² crop → px of the 256² frame, float32."""
    return np.ascontiguousarray(landmarks, np.float32) * np.float32(SIZE / CROP_SIZE)
