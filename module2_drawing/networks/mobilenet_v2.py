"""MobileNetV2 features: the backbone of the matting network."""

from torch import Tensor, nn

# Of each group of blocks: expansion, channels, blocks, stride of the first.
GROUPS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
TAPS = (1, 3, 6, 13, 18)  # layers whose output is given out: 16, 24, 32, 96, 1280 channels


def _conv(input_nc: int, width: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    conv = nn.Conv2d(input_nc, width, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(width), nn.ReLU6(True)]


class InvertedResidual(nn.Module):
    """Expand, depthwise convolution, project linearly; residual where the shape stays."""

    def __init__(self, input_nc: int, width: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = input_nc * expansion
        self.residual = stride == 1 and input_nc == width
        self.conv = nn.Sequential(
            *(_conv(input_nc, inner) if expansion > 1 else []),
            *_conv(inner, inner, 3, stride, groups=inner),
            *_conv(inner, width)[:-1],
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    """Features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the image."""

    def __init__(self, input_nc: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(*_conv(input_nc, 32, 3, 2))]
        previous = 32
        for expansion, width, blocks, stride in GROUPS:
            for i in range(blocks):
                layers.append(InvertedResidual(previous, width, stride if i == 0 else 1, expansion))
                previous = width
        self.features = nn.Sequential(*layers, nn.Sequential(*_conv(previous, 1280)))

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 3, H, W), sides multiples of 32 -> five feature maps of 16, 24, 32, 96, 1280 channels."""
        taps = []
        x = image
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in TAPS:
                taps.append(x)
        return taps
