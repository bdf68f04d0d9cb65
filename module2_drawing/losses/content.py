"""Content loss: the frame is the static drawing of the photo, moved to the target's pose.

    L_content = Σ over both frames of E‖G(p, l, l_t) − W(s, l → l_t)‖₁

s is the static drawing, W the thin-plate spline warp that carries the photo's landmarks l to the target's
l_t. Where a talking clip gives the true drawing of that pose, it takes the place of the warped one.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..geometry.warping import spline_warp
from .entry import Drawn, Flag, Loss


def spline_moved(static: Tensor, landmarks: Tensor, target: Tensor, stride: int = 2) -> Tensor:
    """W(s, l → l_t) as published: static (B, C, S, S), landmarks and target (B, 68, 2) px → (B, C, S, S)."""
    with torch.no_grad():
        return spline_warp(static, landmarks, target, stride)


def content_truth(moved: Tensor, truth: Tensor | None = None, has_truth: Tensor | None = None) -> Tensor:
    """What the frame should be: truth (B, C, S, S) where has_truth (B,) is 1, else the moved drawing."""
    if truth is None or has_truth is None:
        return moved
    return torch.where(has_truth.view(-1, 1, 1, 1) > 0.5, truth, moved)


def content_loss(drawing: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of two drawings (B, C, S, S) in [−1, 1]."""
    return F.l1_loss(drawing, truth)


def _value(drawn: Drawn) -> Tensor:
    return sum(content_loss(frame, truth) for frame, truth in zip(drawn.frames, drawn.truths, strict=True))


LOSSES = (Loss("content", "warp_B", "lambda_warp", _value, wanted=lambda options: options.warp_loss > 0),)
FLAGS = (
    Flag("warp_loss", 2, "0: no content loss", (0, 1, 2)),
    Flag("lambda_warp", 5.0, "weight of the content loss"),
    Flag(
        "truth",
        "spline",
        "static drawing warped as published; or moved so that lids and lips do not smear, and with an "
        "inside where a mouth opens",
        ("spline", "moved"),
    ),
)
