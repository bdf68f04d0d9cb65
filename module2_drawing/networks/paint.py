"""Paint network: a small U-Net that draws over a moved drawing what no motion of it can show.

It looks at the window of an aligned face at 256² alone, whatever the size of the frame: what only moves is
sharp at any size, and paint may be soft.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .overpaint import without_veil

#: Planes of the target's face that the network is shown: inside of the mouth, lips, eyes.
PARTS = 3
#: Numbers that describe a pose and expression, see `face_parts.expression`.
EXPRESSION = 10
OPACITY_BIAS = -1.0  # an untrained network paints 27 %
FARTHEST = 4.0  # px of 256 that a part of the moved drawing is shifted, at most
#: Of one channel, lines are ink or paper: half-tones, where the network is in doubt, would look like smears.
INK_CONTRAST = 2.0
REACH, FADE = 15, 7  # px of 256 across: paint lies this far around the lips, and ends softly


class Paint(NamedTuple):
    """colour: (B, C, s, s) in [−1, 1]; opacity: (B, 1, s, s) in [0, 1]; shift: (B, 2, s, s) px, x and y, by
    which a pixel of the moved drawing has to be looked up elsewhere before paint lies over it."""

    colour: Tensor
    opacity: Tensor
    shift: Tensor


class PaintNetwork(nn.Module):
    """Moved drawing, moved photo, parts of the target's face, both expressions → paint and its opacity.

    At half the window's resolution inside, by pixel unshuffling; the expressions scale and shift the features
    of the lowest level, which see the whole face.

    Args:
        output_nc: channels C of the drawing.
        ngf: channels of the first level; the others have two and four times as many.
    """

    def __init__(self, output_nc: int = 1, ngf: int = 20) -> None:
        super().__init__()
        self.output_nc = output_nc
        self.first = _block(4 * (output_nc + 3 + PARTS), ngf)
        self.down1 = nn.Sequential(_block(ngf, 2 * ngf, 2), _Residual(2 * ngf))
        self.down2 = nn.Sequential(_block(2 * ngf, 4 * ngf, 2), _Residual(4 * ngf))
        self.expression = nn.Sequential(
            nn.Linear(2 * EXPRESSION, 64), nn.LeakyReLU(0.2), nn.Linear(64, 8 * ngf)
        )
        self.lowest = nn.Sequential(_block(4 * ngf, 4 * ngf, 2), _Residual(4 * ngf))
        self.up2 = _block(8 * ngf, 2 * ngf)
        self.up1 = _block(4 * ngf, ngf)
        self.last = nn.Conv2d(2 * ngf, 4 * (output_nc + 1), 3, padding=1)
        self.shift = nn.Conv2d(2 * ngf, 2, 3, padding=1)
        for weights in self.shift.parameters():
            nn.init.zeros_(weights)  # at first, nothing is shifted

    def forward(self, below: Tensor, photo: Tensor, parts: Tensor, expressions: Tensor) -> Paint:
        """below (B, C, s, s), photo (B, 3, s, s): the drawing and the photo, moved, in [−1, 1]; parts
        (B, 3, s, s) in [0, 1]; expressions (B, 2, EXPRESSION): of the photo and of the target. s: a multiple
        of 16."""
        full = self.first(F.pixel_unshuffle(torch.cat((below, photo, parts), 1), 2))
        half = self.down1(full)
        quarter = self.down2(half)
        scale, shift = self.expression(expressions.flatten(1))[..., None, None].chunk(2, 1)
        lowest = self.lowest(quarter * (1 + scale) + shift)
        quarter = self.up2(torch.cat((_enlarged(lowest), quarter), 1))
        half = self.up1(torch.cat((_enlarged(quarter), half), 1))
        last = torch.cat((_enlarged(half), full), 1)
        change, strength = F.pixel_shuffle(self.last(last), 2).split((self.output_nc, 1), 1)
        around = near(parts)
        shift = F.interpolate(self.shift(last), scale_factor=2.0, mode="bilinear", align_corners=False)
        shift = FARTHEST * torch.tanh(shift) * around
        # Smoothed: a face keeps its own colours, and lines below show through nowhere.
        base = F.avg_pool2d(shifted(below, shift), 5, 1, 2, count_include_pad=False)
        colour = (base + change) * (INK_CONTRAST if self.output_nc == 1 else 1.0)
        opacity = without_veil(torch.sigmoid(strength + OPACITY_BIAS)) * around
        return Paint(_bounded(colour), opacity, shift)


def painted(below: Tensor, paint: Paint) -> Tensor:
    """The paint over what lies below it, shifted: (B, C, s, s) in [−1, 1]."""
    return torch.lerp(shifted(below, paint.shift), paint.colour, paint.opacity)


def shifted(below: Tensor, shift: Tensor) -> Tensor:
    """(B, C, s, s) looked up `shift` (B, 2, s, s) px away, cubic: twice linear, lines would be blurred."""
    height, width = below.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    place = torch.stack((x, y)).to(shift) + shift
    extent = place.new_tensor((width, height)).view(2, 1, 1)
    place = ((2 * place + 1) / extent - 1).movedim(1, -1)
    return F.grid_sample(below, place, "bicubic", "border", align_corners=False).clamp(-1, 1)


def near(parts: Tensor) -> Tensor:
    """Planes of the parts (B, 3, s, s) → (B, 1, s, s) in [0, 1], 1 around the lips: elsewhere, at the eyes
    too, the moved drawing is truer than paint, and in faces unlike those of the training paint is a veil."""
    around = F.max_pool2d(parts[:, 1:2], REACH, 1, REACH // 2)
    return F.avg_pool2d(around, FADE, 1, FADE // 2)


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)
    )


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block = _block(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.block(features)


def _enlarged(features: Tensor) -> Tensor:
    return F.interpolate(features, scale_factor=2.0, mode="nearest")


def _bounded(values: Tensor) -> Tensor:
    """In [−1, 1]; the gradient is that of the values, or a colour beyond an end would never come back."""
    return values + (values.clamp(-1, 1) - values).detach()
