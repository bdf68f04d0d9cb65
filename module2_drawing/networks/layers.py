"""Layers that the generators share. Instance norm has neither parameters nor running statistics."""

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """x + IN(conv(ReLU(IN(conv(x))))), reflection padded; no activation after the sum.

    With `extra` input channels (the first `dim` are the features) the identity becomes a learnt shortcut
    over all of them.
    """

    def __init__(self, dim: int, extra: int = 0) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(dim + extra, dim, 3),
            nn.InstanceNorm2d(dim),
            nn.ReLU(True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(dim, dim, 3),
            nn.InstanceNorm2d(dim),
        )
        self.shortcut: nn.Module = nn.Identity()
        if extra:
            self.shortcut = nn.Sequential(nn.Conv2d(dim + extra, dim, 3, padding=1), nn.InstanceNorm2d(dim))

    def forward(self, x: Tensor) -> Tensor:
        """(B, dim + extra, H, W) -> (B, dim, H, W)."""
        return torch.add(self.shortcut(x), self.conv_block(x))


def encoder_stem(input_nc: int, width: int) -> list[nn.Module]:
    """7 × 7 convolution at full scale."""
    return [nn.ReflectionPad2d(3), nn.Conv2d(input_nc, width, 7), nn.InstanceNorm2d(width), nn.ReLU(True)]


def downsample(input_nc: int, width: int) -> list[nn.Module]:
    """3 × 3 convolution that halves the scale."""
    return [nn.Conv2d(input_nc, width, 3, stride=2, padding=1), nn.InstanceNorm2d(width), nn.ReLU(True)]


def decoder(dim: int, ngf: int, output_nc: int) -> list[nn.Module]:
    """Twice the scale twice, then a 7 × 7 convolution to the drawing in [-1, 1]."""
    layers: list[nn.Module] = []
    for width_in, width in ((dim, 2 * ngf), (2 * ngf, ngf)):
        layers += [
            nn.ConvTranspose2d(width_in, width, 3, stride=2, padding=1, output_padding=1),
            nn.InstanceNorm2d(width),
            nn.ReLU(True),
        ]
    return [*layers, nn.ReflectionPad2d(3), nn.Conv2d(ngf, output_nc, 7), nn.Tanh()]
