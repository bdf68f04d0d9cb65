"""Sampling of pairs: frames of a clip that differ much, and photos that do not show their own mouth."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.face.geometry import LIPS, OUTER_LIP, RIGID_POINTS
from module1_audio2lmk.foundation.face.retarget import similarity

from ..rendering.backdrop import disc
from .masks import moving_region

TRIED = 4
LIP_WEIGHT = 2.0  # of lips in how much faces differ, of other landmarks 1
SKIN, SOFT = 4.0, 2.0  # px of 256 of the ring around a hidden mouth whose colour it gets, and σ of the edge


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """By how much faces, landmarks (68, 2) px, are turned and their mouths are formed otherwise.

    Weighted mean distance of landmarks that a similarity of the rigid ones leaves, in distances of the eyes:
    a head that moves or nods in the picture plane teaches nothing.
    """
    rigid = list(RIGID_POINTS)
    matrix, shift = similarity(second[rigid].astype(np.float64), first[rigid].astype(np.float64))
    away = np.linalg.norm(second @ matrix.T + shift - first, axis=1)
    weights = np.ones(len(away))
    weights[list(LIPS)] = LIP_WEIGHT
    eyes = max(float(np.linalg.norm(first[45] - first[36])), 1e-6)
    return float(np.average(away, weights=weights)) / eyes


def far_frame(first: np.ndarray, others: Sequence[np.ndarray]) -> int:
    """Which of some frames, (68, 2) px each, differs most from the first: talking faces mostly do not."""
    return max(range(len(others)), key=lambda i: difference(first, others[i]))


def without_mouth(image: Tensor, landmarks: Tensor) -> Tensor:
    """An image (C, S, S) whose mouth, landmarks (68, 2) px, is covered by the colour around it; a copy.

    What it shows in the place of another frame's mouth has to come from the landmarks alone.
    """
    pixels, unit = image.numpy().transpose(1, 2, 0), image.shape[1] / 256
    covered = moving_region(landmarks.numpy(), image.shape[1], (OUTER_LIP,))
    ring = cv2.dilate(covered, disc(SKIN * unit))
    around = pixels[(ring > 0) & (covered == 0)]
    if not len(around):
        return image.clone()  # a mouth outside of the frame
    opacity = cv2.GaussianBlur(covered, (0, 0), SOFT * unit)[..., None]
    hidden = pixels + opacity * (np.median(around, axis=0) - pixels)
    return torch.from_numpy(np.ascontiguousarray(hidden.transpose(2, 0, 1), np.float32))
