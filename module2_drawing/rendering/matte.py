"""Matte: which part of a photo is the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.backends.graphs import shipped

from ..util.images import resized, to_tensor
from .backends import SIZE, PathLike, loaded

if TYPE_CHECKING:
    import torch
    from torch import nn

MATTE_THRESHOLD = 0.5


class Matte:
    """Who is foreground: MODNet from its published checkpoint, else MediaPipe's selfie segmentation."""

    def __init__(self, checkpoints_dir: PathLike, device: torch.device | str) -> None:
        self._network: nn.Module | None = None
        found = checkpoints.find("modnet", checkpoints_dir)
        if found is None:
            self._selfie = shipped("selfie_segmentation")
            self.description = "matte: MediaPipe selfie segmentation (no MODNet checkpoint)"
        else:
            from ..networks import MODNet

            self._network = loaded(MODNet, found, device)
            self.description = f"matte: MODNet, {found.path}"

    def __call__(self, photo: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 RGB → (256, 256) float32 in [0, 1], 1 on the person. MODNet works at 256²."""
        if self._network is None:
            height, width = photo.shape[:2]
            shrunk = np.array([[SIZE / width, 0, 0], [0, SIZE / height, 0]])
            picture = cv2.warpAffine(photo, shrunk, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
            (mask,) = self._selfie({"picture": picture[None] / np.float32(255)})
            # Enlarged and made smaller again, as MediaPipe's mask is: the rounding belongs to the settings.
            mask = cv2.resize(np.clip(mask[0, :, :, 0], 0, 1), (width, height))
            return cv2.resize(mask, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        matte = self._network(to_tensor(resized(photo, SIZE)).to(next(self._network.parameters()).device))
        return matte[0, 0].float().cpu().numpy()


def of_the_face(matte: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The matte (S, S) in [0, 1] without parts that do not touch the face, landmarks (68, 2) px of it."""
    _, parts = cv2.connectedComponents((matte > MATTE_THRESHOLD).astype(np.uint8))
    outline = np.zeros(matte.shape, np.uint8)
    cv2.fillConvexPoly(outline, cv2.convexHull(landmarks.round().astype(np.int32)), 1)
    return matte * np.isin(parts, np.setdiff1d(parts[outline > 0], 0))
