"""Warping generator as a second layer of paint: over the moved static drawing, where it must change."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .generator import EncodedPhoto, WarpGenerator

LEFT, TOP, SIDE = 48, 72, 160  # px of 256, of the window of an aligned face that is painted
FADE = 8  # px of 256, at the window's edge
OPACITY_BIAS = -2.0  # an untrained network paints 12%, less what is too thin
THIN = 0.1  # paint of less opacity is left out, of 1 − THIN and more it covers


class Layers(NamedTuple):
    """underlay, paint, drawing: (B, C, S, S) in [-1, 1]; chosen: (B, 1, S, S) in [0, 1], what the network
    thinks of the paint; opacity: of the paint in the drawing, the same without thin paint. Paint has no
    meaning outside of the window, where both are 0."""

    underlay: Tensor
    paint: Tensor
    chosen: Tensor
    opacity: Tensor

    @property
    def drawing(self) -> Tensor:
        return torch.lerp(self.underlay, self.paint, self.opacity)


class OverpaintGenerator(WarpGenerator):
    """Draws paint and its opacity, from brows to chin; below lies the moved static drawing.

    That is `EncodedPhoto.underlay` (see `rendering.underlay`). What only moves is not drawn again, and the
    network learns what no warp can show: lips that press together, shut lids, what a turning head uncovers.
    Paint makes lighter or darker what lies below (`mixed`): instance normalisation has lost the colours of a
    face, the drawing has them.

    Arguments as those of `WarpGenerator`; output_nc: channels of the drawing. The static drawing has to be
    among the input's channels.
    """

    paints_over = True

    def __init__(self, input_nc: int = 6, output_nc: int = 3, ngf: int = 16, **shape: int) -> None:
        super().__init__(input_nc, output_nc + 1, ngf, **shape)
        self.output_nc = output_nc
        # The layers have their own activations: a tanh of the opacity would saturate, and learn no more.
        self.model3[-1] = nn.Identity()

    def encode(self, photo: Tensor, map_source: Tensor) -> EncodedPhoto:
        """As `WarpGenerator.encode`."""
        return super().encode(windowed(photo), windowed(map_source))

    def decode(
        self, encoded: EncodedPhoto, map_target: Tensor, motion_grid: Tensor, flow: Tensor, flow_mask: Tensor
    ) -> Tensor:
        """As `WarpGenerator.decode`."""
        return self.layers(encoded, map_target, motion_grid, flow, flow_mask).drawing

    def layers(
        self, encoded: EncodedPhoto, map_target: Tensor, motion_grid: Tensor, flow: Tensor, flow_mask: Tensor
    ) -> Layers:
        """As `decode`, with the layers that the drawing consists of."""
        motion = windowed_grid(motion_grid), windowed(flow), windowed(flow_mask)
        drawn = super().decode(encoded, windowed(map_target), *motion).float()
        paint, strength = drawn.split((self.output_nc, 1), dim=1)
        # Smoothed: the checkerboard of transposed convolutions would show where thin paint lies on ink.
        strength = F.avg_pool2d(strength, 3, 1, 1, count_include_pad=False)
        size = map_target.shape[-1]
        chosen = torch.sigmoid(strength + OPACITY_BIAS)
        opacity = without_weak_opacity(chosen) * window_ramp(chosen.shape[-1], size, chosen.device)
        paint = mixed(windowed(encoded.underlay), paint.tanh())
        return Layers(encoded.underlay, *(whole(layer, size) for layer in (paint, chosen, opacity)))

    @staticmethod
    def unpainted(size: int, device: torch.device) -> Tensor:
        """(1, 1, size, size) in [0, 1], 1 outside of the window, with its soft edge."""
        return 1 - whole(window_ramp(_window(size)[2], size, device)[None, None], size)


def mixed(colour: Tensor, lightness: Tensor) -> Tensor:
    """colour, lightness: in [−1, 1] → the colour, white at a lightness of 1, black at −1, as it was at 0."""
    return colour + lightness.relu() * (1 - colour) - (-lightness).relu() * (1 + colour)


def windowed(image: Tensor) -> Tensor:
    """The window of (B, C, S, S): (B, C, s, s), a multiple of 4."""
    left, top, side = _window(image.shape[-1])
    return image[..., top : top + side, left : left + side]


def windowed_grid(grid: Tensor) -> Tensor:
    """The window of a backward grid (B, S, S, 2), in which -1 and 1 are the window's edges."""
    size = grid.shape[1]
    left, top, side = _window(size)
    inside = grid[:, top : top + side, left : left + side]
    return ((inside + 1) * size - 2 * inside.new_tensor((left, top))) / side - 1


def whole(layer: Tensor, size: int) -> Tensor:
    """(B, C, s, s) of the window → (B, C, size, size), 0 around it."""
    left, top, side = _window(size)
    return F.pad(layer, (left, size - left - side, top, size - top - side))


def window_ramp(side: int, size: int, device: torch.device) -> Tensor:
    """(side, side), 1 inside of the window, towards 0 at its edge: paint must not end in a line."""
    steps = torch.arange(1, side + 1, device=device) / (FADE * size / 256)
    ramp = torch.minimum(steps, steps.flip(0)).clamp_max(1)
    return torch.minimum(ramp[:, None], ramp)


def _window(size: int) -> tuple[int, int, int]:
    return LEFT * size // 256, TOP * size // 256, SIDE * size // 1024 * 4


def without_weak_opacity(opacity: Tensor) -> Tensor:
    """Opacity without a veil that covers everything a little; the gradient is that of the opacity itself."""
    shown = ((opacity - THIN) / (1 - 2 * THIN)).clamp(0, 1)
    return opacity + (shown - opacity).detach()
