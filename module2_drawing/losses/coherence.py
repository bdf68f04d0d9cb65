"""Coherence losses, two, that keep neighbouring frames alike.

    L_warp = E‖f₂ − W(f₁, t₁ → t₂)‖₁

W carries the first frame's landmarks t₁ to the second's t₂; the warped frame gets no gradient. And the
coherence discriminator D, which sees two drawings stacked:

    L_D = mean of E[(D(r₁, r₂) − 1)²], E[D(f₁, f₂)²] and E[D(o₁, o₂)²]
    L_G = E[(D(f₁, f₂) − 1)²]

r are neighbouring frames of a clip, f generated ones, o frames of any two clips: good drawings, not coherent.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..geometry.warping import spline_warp
from . import entry
from .adversarial import Discriminator, gan_loss, generator_loss
from .entry import Drawn, Flag


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


def _generator(drawn: Drawn, network: Discriminator) -> Tensor:
    return generator_loss(network, [frame_pair(*drawn.frames)], drawn.options.gan_mode)


def _discriminator(network: Discriminator, drawn: Drawn) -> Tensor:
    batch, options = drawn.batch, drawn.options
    real = frame_pair(batch["clip1"], batch["clip2"])
    fakes = [drawn.older(frame_pair(*drawn.frames))]
    if options.coh_use_more:
        fakes.append(frame_pair(batch["other1"], batch["other2"]))
    return coherence_discriminator_loss(network, real, fakes, options.gan_mode)


def _interframe(drawn: Drawn) -> Tensor:
    return interframe_loss(*drawn.frames, drawn.batch["target1"], drawn.batch["target2"])


LOSSES = (
    entry.Loss(
        "coherence",
        "G_A_coh",
        "lambda_G_A_coh",
        _generator,
        entry.Discriminator("D_A_coh", lambda options: 2 * options.output_nc, _discriminator),
        lambda options: bool(options.coherent),
    ),
    entry.Loss("inter-frame warp", "warp_inter1", "lambda_warp_inter", _interframe),
)
FLAGS = (
    Flag("coherent", 1, "1: the coherence discriminator"),
    Flag("lambda_G_A_coh", 0.5, "weight of the coherence discriminator's loss"),
    Flag("coh_use_more", 2, "above 0: frames of two clips are fakes, too"),
    Flag("lambda_warp_inter", 5.0, "weight of the inter-frame warp loss"),
)
