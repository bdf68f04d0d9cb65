"""Underlay: the static drawing in the target pose, all of a frame that is known without a network."""

from __future__ import annotations

import torch
from torch import Tensor

from ..geometry.landmark_motion import landmark_flow, move_image
from .mouth import strengths_of_line, without_inside


@torch.no_grad()
def moved_drawing(
    drawing: Tensor, source: Tensor, targets: Tensor, flow: Tensor | None = None, mode: str = "bicubic"
) -> Tensor:
    """The static drawing (B or 1, C, S, S) in [−1, 1] in each of the target poses, without gradient.

    source: (B or 1, 68, 2) px, the landmarks of the photo; targets: (B, 68, 2) px. The landmark spline moves
    it, and teeth give way to the lips' colour where lips shut; `mouth.with_mouth` paints what it lacks.
    flow: `landmark_flow` of source and targets, where it is known already; mode: as of `move_image`.
    Returns (B, C, S, S).
    """
    shut = strengths_of_line(source, targets)
    if any(shut):
        share = drawing.new_tensor(shut).view(-1, 1, 1, 1)
        # Mixed before they move: moving is dear.
        drawing = torch.lerp(drawing, without_inside(drawing, source), share)
    flow = landmark_flow(source, targets, drawing.shape[-1]) if flow is None else flow
    return move_image(drawing, flow, mode)
