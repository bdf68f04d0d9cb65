"""MobileFace: a small face recognition network; its feature tells people apart, in drawings, too."""

from torch import Tensor, nn

from .sphereface import FaceNetwork

WIDTHS = (32, 32, 64, 128)


class DepthwiseUnit(nn.Module):
    """Depthwise 3 × 3 convolution without bias, and PReLU."""

    def __init__(self, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride, 1, groups=width, bias=False)
        self.prelu = nn.PReLU(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.prelu(self.conv(x))


class Stage(nn.Module):
    """1 × 1 convolution to `width`, a strided unit, and two more units added to its result."""

    def __init__(self, input_nc: int, width: int) -> None:
        super().__init__()
        self.widen = nn.Conv2d(input_nc, width, 1, bias=False)
        self.halve = DepthwiseUnit(width, stride=2)
        self.units = nn.Sequential(DepthwiseUnit(width), DepthwiseUnit(width))

    def forward(self, x: Tensor) -> Tensor:
        x = self.halve(self.widen(x))
        return x + self.units(x)


class MobileFace(FaceNetwork):
    """A strided convolution, four stages, and a linear layer.

    outputs: length of the face feature.
    """

    input_size = (112, 112)
    margins = (0.075, 0.075, 0.225, -0.07)  # where faces lie that are aligned for recognition
    scale = 1 / 20  # its features are so many times those of SphereFace-20, for which weights were chosen

    def __init__(self, outputs: int = 256) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, WIDTHS[0], 3, 2, 1, bias=False), nn.PReLU(WIDTHS[0]))
        pairs = zip((WIDTHS[0], *WIDTHS), WIDTHS, strict=False)
        self.stages = nn.ModuleList(Stage(before, width) for before, width in pairs)
        self.feature = nn.Linear(WIDTHS[-1] * 4 * 4, outputs)

    def features(self, face: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Face (B, 3, 112, 112) in [−1, 1] → the four stages and the face feature (B, outputs)."""
        x, levels = self.stem(face), []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        first, second, third, fourth = levels
        return first, second, third, fourth, self.feature(x.flatten(1))
