"""Static drawing generator (unpaired portrait drawing): one photo to one drawing in a chosen style."""

import torch
from torch import Tensor, nn

from .layers import ResidualBlock, decoder, downsample, encoder_stem


class StaticDrawingGenerator(nn.Module):
    """Encoder, style weights as extra channels, residual blocks, decoder.

    input_nc, output_nc: channels of photo and drawing.
    ngf: width; the bottleneck has 4·ngf channels.
    n_blocks: residual blocks.
    style_nc: number of styles that can be mixed.
    """

    def __init__(
        self, input_nc: int = 3, output_nc: int = 1, ngf: int = 64, n_blocks: int = 9, style_nc: int = 3
    ) -> None:
        super().__init__()
        dim = 4 * ngf
        self.model0 = nn.Sequential(
            *encoder_stem(input_nc, ngf), *downsample(ngf, 2 * ngf), *downsample(2 * ngf, dim)
        )
        self.model = nn.Sequential(
            nn.Conv2d(dim + style_nc, dim, 3, padding=1),
            nn.InstanceNorm2d(dim),
            nn.ReLU(True),
            *(ResidualBlock(dim) for _ in range(n_blocks)),
            *decoder(dim, ngf, output_nc),
        )

    def forward(self, photo: Tensor, style: Tensor) -> Tensor:
        """Draw a photo.

        photo: (B, input_nc, S, S) in [-1, 1]; published weights expect S = 512.
        style: (B, style_nc) or (1, style_nc) style weights; line drawings use (0, 1, 0).
        Returns drawing (B, output_nc, S, S) in [-1, 1].
        """
        features = self.model0(photo)
        style = style.to(features)[:, :, None, None].expand(len(features), -1, *features.shape[-2:])
        return self.model(torch.cat((features, style), 1))
