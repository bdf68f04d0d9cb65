"""PatchGAN: judges overlapping patches of a drawing, 70 px wide with three layers."""

from torch import Tensor, nn


class PatchDiscriminator(nn.Module):
    """Strided 4 × 4 convolutions with instance norm, to one score a patch (no sigmoid: least-squares GAN).

    input_nc: channels of the input, all that is judged together (drawing, mask, second frame) stacked.
    ndf: channels after the first layer, doubled by each further one up to 8·ndf.
    n_layers: strided layers.
    """

    def __init__(self, input_nc: int, ndf: int = 64, n_layers: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(input_nc, ndf, 4, stride=2, padding=1), nn.LeakyReLU(0.2, True)]
        width = ndf
        for i in range(1, n_layers + 1):
            previous, width = width, ndf * min(2**i, 8)
            stride = 1 if i == n_layers else 2
            layers += [
                nn.Conv2d(previous, width, 4, stride=stride, padding=1),
                nn.InstanceNorm2d(width),
                nn.LeakyReLU(0.2, True),
            ]
        self.model = nn.Sequential(*layers, nn.Conv2d(width, 1, 4, stride=1, padding=1))

    def forward(self, drawing: Tensor) -> Tensor:
        """(B, input_nc, 256, 256) in [-1, 1] -> scores (B, 1, 30, 30), 1 for real and 0 for generated."""
        return self.model(drawing)
