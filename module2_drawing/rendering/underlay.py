"""The static drawing moved to landmarks, with a mouth that opens: all that is known without a network."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from ..geometry.landmark_motion import landmark_flow, move_image
from .mouth import line_strength, mouth_overlay, without_inside


@torch.no_grad()
def moved_drawing(
    static: Tensor, source: Tensor, targets: Tensor, flow: Tensor | None = None, mode: str = "bicubic"
) -> Tensor:
    """The static drawing (B or 1, C, S, S) in [−1, 1] in each of the target poses.

    source: (B or 1, 68, 2) px, the landmarks of the photo; targets: (B, 68, 2) px. The landmark
    spline moves it; what an opening mouth shows, or the line of one that shuts over teeth, is painted in,
    and the teeth give way to the lips' colour.
    flow: `landmark_flow` of source and targets, where it is known already; mode: as of `move_image`. Returns
    (B, C, S, S), without gradient.
    """
    drawings = moved_lips(static, source, targets, flow, mode)
    return torch.stack([_with_mouth(*one) for one in zip(drawings, *_poses(source, targets), strict=True)])


@torch.no_grad()
def moved_lips(
    static: Tensor, source: Tensor, targets: Tensor, flow: Tensor | None = None, mode: str = "bicubic"
) -> Tensor:
    """As `moved_drawing`, without what is painted in: lips that shut have lost their teeth."""
    shut = [line_strength(a, mouth_opening(b)) for a, b in zip(*_poses(source, targets), strict=True)]
    if any(shut):
        share = static.new_tensor(shut).view(-1, 1, 1, 1)
        static = torch.lerp(static, without_inside(static, source), share)  # moving is dear: once, for both
    flow = landmark_flow(source, targets, static.shape[-1]) if flow is None else flow
    return move_image(static, flow, mode)


def _poses(source: Tensor, targets: Tensor) -> tuple[list[float], np.ndarray]:
    """The photo's mouth opening for each of the targets, and these."""
    openings = [float(mouth_opening(marks)) for marks in source.cpu()]
    return openings * (len(targets) // len(openings)), targets.cpu().numpy()


def _with_mouth(drawing: Tensor, opening: float, target: np.ndarray) -> Tensor:
    overlay = mouth_overlay(opening, target, drawing.shape[-1], len(drawing))
    mouth, opacity = (torch.tensor(x).to(drawing) for x in overlay)
    return torch.lerp(drawing, mouth, opacity)
