"""Poses of talking clips for photos, and the insides of the mouths that they open."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import mouth_opening
from module1_audio2lmk.foundation.face.retarget import retarget

from ..rendering.mouth import mouth_overlay
from .clips import Clip
from .layout import Layout, read_landmarks

STRONGEST, WEAKEST = 1.3, 0.6  # times a clip's change of expression
WIDE_OPEN = 0.5  # share of poses that are the widest open of a few: talking mouths are mostly nearly closed
TRIED = 4


class ClipPoses:
    """Draws two neighbouring poses for a photo from the motion of talking clips.

    Raises InputError where there are no clips.
    """

    def __init__(self, clips: list[Clip], layout: Layout) -> None:
        if not clips:
            raise InputError(
                "no talking clips; make them with scripts/prepare_clip.py --pairs, or train the portrait "
                "model with --clip_poses 0"
            )
        self.motions = [[read_landmarks(layout.landmarks(path)) for path in clip] for clip in clips]

    def __call__(self, photo: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Landmarks (68, 2) px of 256² → two targets (68, 2) float32, under one small head motion."""
        motion = self.motions[int(random.integers(len(self.motions)))]
        before = motion[int(random.integers(len(motion)))]
        tried = [int(i) for i in random.integers(len(motion) - 1, size=TRIED)]
        first = tried[0]
        if random.random() < WIDE_OPEN:
            first = max(tried, key=lambda i: mouth_opening(motion[i]))
        amount, seed = random.uniform(WEAKEST, STRONGEST), int(random.integers(2**31))
        photo = photo.astype(np.float64)
        targets = [
            # The same head motion for both: a generator of its own that starts at the same place.
            nod_head(retarget(photo, before, motion[i], amount), np.random.default_rng(seed))
            for i in (first, first + 1)
        ]
        return targets[0].astype(np.float32), targets[1].astype(np.float32)


def nod_head(landmarks: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A small head motion in the picture plane: σ 2.5° about the neck, 1.2% in size, 2.5 px of 256."""
    angle, scale = np.deg2rad(random.normal(0, 2.5)), np.exp(random.normal(0, 0.012))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    neck = landmarks[8] + (landmarks[8] - landmarks[33]) * 0.2
    return (landmarks - neck) @ turn.T + neck + random.normal(0, 2.5, 2)


def mouth_insides(item: dict[str, Any], size: int, channels: int) -> dict[str, Tensor]:
    """inside1, inside2 (C, size, size) and inside_opacity1, inside_opacity2 (1, size, size) of an item.

    item: landmarks and target1, target2 (68, 2) px. The opacity is 0 where a mouth stays much as it is.
    """
    opening, found = float(mouth_opening(item["landmarks"].numpy())), {}
    for k in (1, 2):
        overlay = mouth_overlay(opening, item[f"target{k}"].numpy(), size, channels)
        found[f"inside{k}"], found[f"inside_opacity{k}"] = (torch.tensor(x).float() for x in overlay)
    return found
