"""Adversarial loss, global and of the nose, the eyes and the lips.

    L_D = ½ E[(D(r) − 1)²] + ½ · mean over fakes f of E[D(f)²]
    L_G = Σ over both frames of E[(D(f) − 1)²]

Least squares (Mao et al., "Least Squares Generative Adversarial Networks"), on every patch score. A local
discriminator sees the drawing inside its mask, white outside, and the mask as a further channel.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from . import entry
from .entry import Drawn, Flag

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

    drawing (B, C, S, S) in [−1, 1], mask (B, 1, S, S) in [0, 1] → (B, C, S, S), or (B, C + 1, S, S).
    mask_type: 0 black outside of the mask; 1 white outside; 2 the drawing, and the mask; 3 white outside,
    and the mask.
    """
    inside = (drawing / 2 + 0.5) * mask
    if mask_type == 0:
        return inside * 2 - 1
    if mask_type == 1:
        return (inside + 1 - mask) * 2 - 1
    if mask_type == 2:
        return torch.cat((drawing, mask), 1)
    return torch.cat(((inside + 1 - mask) * 2 - 1, mask), 1)


PARTS = ("nose", "eyes", "lips")  # channels of the data's masks


def _seen(drawn: Drawn, images: Sequence[Tensor], masks: Sequence[Tensor], part: str | None) -> list[Tensor]:
    """Drawings as a discriminator sees them: whole, or in the mask of a part, of (B, 3, S, S)."""
    if part is None:
        return list(images)
    channel = PARTS.index(part)
    return [
        masked(image, mask[:, channel, None], drawn.options.mask_type)
        for image, mask in zip(images, masks, strict=True)
    ]


def _fakes(drawn: Drawn, part: str | None) -> list[Tensor]:
    return _seen(drawn, drawn.frames, [drawn.batch["target_masks1"], drawn.batch["target_masks2"]], part)


def _generator(part: str | None, drawn: Drawn, network: Discriminator) -> Tensor:
    return generator_loss(network, _fakes(drawn, part), drawn.options.gan_mode)


def _discriminator(part: str | None, network: Discriminator, drawn: Drawn) -> Tensor:
    real = _seen(drawn, [drawn.batch["real"]], [drawn.batch["real_masks"]], part)[0]
    fakes = _fakes(drawn, part)[: 2 if drawn.options.check_fakeb2_in_backwardD else 1]
    return discriminator_loss(network, real, fakes, drawn.options.gan_mode)


def _entry(suffix: str, weight: str, part: str | None = None, switch: str = "lambda_G_A") -> entry.Loss:
    def channels(options: entry.Options) -> int:
        return options.output_nc + (part is not None and options.mask_type >= 2)

    trained = entry.Discriminator(f"D_A{suffix}", channels, partial(_discriminator, part))
    name = f"adversarial, {part or 'whole drawing'}"
    generator = partial(_generator, part)
    return entry.Loss(
        name, f"G_A{suffix}", weight, generator, trained, lambda options: bool(getattr(options, switch))
    )


LOSSES = (
    _entry("", "lambda_G_A"),
    _entry("_l", "lambda_G_A_l", "nose", "use_mask"),
    _entry("_le", "lambda_G_A_l", "eyes", "use_eye_mask"),
    _entry("_ll", "lambda_G_A_l", "lips", "use_lip_mask"),
)
FLAGS = (
    Flag("lambda_G_A", 1.0, "weight of the global adversarial loss"),
    Flag("lambda_G_A_l", 0.5, "weight of each local adversarial loss"),
    Flag("use_mask", 1, "1: a discriminator for the nose"),
    Flag("use_eye_mask", 1, "1: a discriminator for the eyes"),
    Flag("use_lip_mask", 1, "1: a discriminator for the lips"),
    Flag("mask_type", 3, "what a local discriminator sees", range(4)),
    Flag("check_fakeb2_in_backwardD", 1, "1: discriminators see both frames"),
)
