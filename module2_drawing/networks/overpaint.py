"""The warping generator as a second layer of paint: over the moved static drawing, where it must change."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..warping import warp_by_grid
from .generator import EncodedPhoto, WarpGenerator

OPACITY_BIAS = -2.0  # an untrained network paints 12%, less what is too thin
THIN = 0.1  # paint of less opacity is left out, of 1 − THIN and more it covers


class Layers(NamedTuple):
    """drawing, paint: (B, C, S, S) in [-1, 1]; opacity of the paint: (B, 1, S, S) in [0, 1]."""

    drawing: Tensor
    paint: Tensor
    opacity: Tensor


class OverpaintGenerator(WarpGenerator):
    """Draws paint and its opacity; below lies the moved static drawing.

    That is `EncodedPhoto.below` (see `moved_static`) or, where nobody laid it there, the static drawing
    carried along by flow A. What only moves stays as crisp as it was drawn, and the network learns what no
    warp can show: lips that press together, shut lids, what a turning head uncovers.

    Args:
        As those of `WarpGenerator`; output_nc: channels of the drawing. The static drawing has to be among
        the input's channels.
    """

    def __init__(self, input_nc: int = 6, output_nc: int = 3, ngf: int = 16, **shape: int) -> None:
        super().__init__(input_nc, output_nc + 1, ngf, **shape)
        self.output_nc = output_nc
        # The layers have their own activations: a tanh of the opacity would saturate, and learn no more.
        self.model3[-1] = nn.Identity()

    def encode(self, photo: Tensor, map_source: Tensor) -> EncodedPhoto:
        """As `WarpGenerator.encode`; the static drawing is the last output_nc channels of `photo`."""
        encoded = super().encode(photo, map_source)
        return encoded._replace(static=photo[:, -self.output_nc :])

    def decode(
        self, encoded: EncodedPhoto, map_target: Tensor, motion_grid: Tensor, flow: Tensor, flow_mask: Tensor
    ) -> Tensor:
        """As `WarpGenerator.decode`."""
        return self.layers(encoded, map_target, motion_grid, flow, flow_mask).drawing

    def layers(
        self, encoded: EncodedPhoto, map_target: Tensor, motion_grid: Tensor, flow: Tensor, flow_mask: Tensor
    ) -> Layers:
        """As `decode`, with the layers that the drawing consists of."""
        drawn = super().decode(encoded, map_target, motion_grid, flow, flow_mask).float()
        paint, strength = drawn.split((self.output_nc, 1), dim=1)
        # Smoothed: the checkerboard of transposed convolutions would show where thin paint lies on ink.
        strength = F.avg_pool2d(strength, 3, 1, 1, count_include_pad=False)
        paint, opacity = paint.tanh(), decided(torch.sigmoid(strength + OPACITY_BIAS))
        below = encoded.below
        if below is None:
            below = moved_drawing(encoded.static, motion_grid, flow, flow_mask)
        return Layers(torch.lerp(below, paint, opacity), paint, opacity)


def decided(opacity: Tensor) -> Tensor:
    """Opacity without a veil that covers everything a little; the gradient is that of the opacity itself."""
    shown = ((opacity - THIN) / (1 - 2 * THIN)).clamp(0, 1)
    return opacity + (shown - opacity).detach()


def moved_drawing(static: Tensor, motion_grid: Tensor, flow: Tensor, flow_mask: Tensor) -> Tensor:
    """static (B or 1, C, S, S) moved by flow A where that is visible, by flow B elsewhere: (B, C, S, S)."""
    size, device = static.shape[-1], static.device
    axis = torch.linspace(-1, 1, size, device=device)
    here = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)
    grid = here + flow.float().permute(0, 2, 3, 1) * (2 / (size - 1))
    static = static.float().expand(len(grid), -1, -1, -1)
    moved = F.grid_sample(static, grid, mode="bicubic", padding_mode="border", align_corners=True)
    hidden = flow_mask <= 0.5
    if hidden.any():
        moved = torch.where(hidden, warp_by_grid(static, motion_grid, align_corners=True), moved)
    return moved.clamp(-1, 1)
