"""Adversarial loss, global and of the nose, the eyes and the lips.

    L_D = ½ E[(D(r) − 1)²] + ½ · mean over fakes f of E[D(f)²]
    L_G = Σ over both frames of E[(D(f) − 1)²]

Least squares (Mao et al., "Least Squares Generative Adversarial Networks"), on every patch score. A local
discriminator sees the drawing inside its mask, white outside, and the mask as a further channel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

MODES = ("lsgan", "vanilla")
MASK_TYPES = {0: "black outside", 1: "white outside", 2: "drawing and mask", 3: "white outside, and mask"}

Discriminator = Callable[[Tensor], Tensor]


def gan_loss(scores: Tensor, real: bool, mode: str = "lsgan") -> Tensor:
    """Scores of any shape → how far they are from the wanted verdict: squares, or cross entropy of logits."""
    wanted = torch.full_like(scores, float(real), dtype=torch.float32)
    if mode == "vanilla":
        return F.binary_cross_entropy_with_logits(scores.float(), wanted)
    return F.mse_loss(scores.float(), wanted)


def generator_loss(discriminator: Discriminator, fakes: Sequence[Tensor], mode: str = "lsgan") -> Tensor:
    """Sum over the frames (B, C, S, S) of their distance from being judged real."""
    return sum(gan_loss(discriminator(fake), True, mode) for fake in fakes)


def discriminator_loss(
    discriminator: Discriminator, real: Tensor, fakes: Sequence[Tensor], mode: str = "lsgan"
) -> Tensor:
    """Half for the real drawings, half for the mean of the fakes, which get no gradient."""
    judged = sum(gan_loss(discriminator(fake.detach()), False, mode) for fake in fakes) / len(fakes)
    return (gan_loss(discriminator(real), True, mode) + judged) / 2


def masked(drawing: Tensor, mask: Tensor, mask_type: int = 3) -> Tensor:
    """What a local discriminator sees.

    drawing (B, C, S, S) in [−1, 1], mask (B, 1, S, S) in [0, 1] → (B, C, S, S), or (B, C + 1, S, S) for the
    mask types 2 and 3 (see MASK_TYPES).
    """
    inside = (drawing / 2 + 0.5) * mask
    if mask_type == 0:
        return inside * 2 - 1
    if mask_type == 1:
        return (inside + 1 - mask) * 2 - 1
    if mask_type == 2:
        return torch.cat((drawing, mask), 1)
    return torch.cat(((inside + 1 - mask) * 2 - 1, mask), 1)
