"""The two losses that keep neighbouring frames alike.

    L_warp = E‖f₂ − W(f₁, t₁ → t₂)‖₁

W carries the first frame's landmarks t₁ to the second's t₂; the warped frame gets no gradient. And the
coherence discriminator D, which sees two drawings stacked:

    L_D = mean of E[(D(r₁, r₂) − 1)²], E[D(f₁, f₂)²] and E[D(o₁, o₂)²]
    L_G = E[(D(f₁, f₂) − 1)²]

r are neighbouring frames of a film, f generated ones, o frames of any two films: good drawings, not coherent.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..geometry.warping import spline_warp
from .adversarial import Discriminator, gan_loss


def interframe_loss(
    first: Tensor, second: Tensor, target1: Tensor, target2: Tensor, stride: int = 2
) -> Tensor:
    """Two frames (B, C, S, S) and their landmarks (B, 68, 2) px → mean absolute difference after the warp."""
    with torch.no_grad():
        moved = spline_warp(first.detach(), target1, target2, stride)
    return F.l1_loss(second, moved)


def frame_pair(first: Tensor, second: Tensor) -> Tensor:
    """Two drawings (B, C, S, S) → (B, 2·C, S, S), what the coherence discriminator sees."""
    return torch.cat((first, second), 1)


def coherence_discriminator_loss(
    discriminator: Discriminator, real: Tensor, fakes: Sequence[Tensor], mode: str = "lsgan"
) -> Tensor:
    """Mean over the real pairs and each kind of fake pairs, (B, 2·C, S, S); fakes get no gradient."""
    judged = [gan_loss(discriminator(fake.detach()), False, mode) for fake in fakes]
    return sum(judged, gan_loss(discriminator(real), True, mode)) / (1 + len(judged))
