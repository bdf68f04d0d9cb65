"""Content loss: the frame is the static drawing of the photo, moved to the target's pose.

    L_content = Σ over both frames of E‖G(p, l, l_t) − W(s, l → l_t)‖₁

s is the static drawing, W the thin-plate spline warp that carries the photo's landmarks l to the target's
l_t. Where a talking clip gives the true drawing of that pose, it takes the place of the warped one.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..warping import spline_warp


def content_truth(
    static: Tensor,
    landmarks: Tensor,
    target: Tensor,
    truth: Tensor | None = None,
    has_truth: Tensor | None = None,
    stride: int = 2,
) -> Tensor:
    """What the frame should be, (B, C, S, S).

    static, truth: (B, C, S, S); landmarks, target: (B, 68, 2) px; has_truth: (B,), 1 where `truth` holds.
    """
    with torch.no_grad():
        warped = spline_warp(static, landmarks, target, stride)
    if truth is None or has_truth is None:
        return warped
    return torch.where(has_truth.view(-1, 1, 1, 1) > 0.5, truth, warped)


def content_loss(drawing: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of two drawings (B, C, S, S) in [−1, 1]."""
    return F.l1_loss(drawing, truth)
