"""MobileFaceNet: 68 landmarks of a face or a drawn face, for the geometry loss."""

from torch import Tensor, nn


class ConvUnit(nn.Module):
    """Convolution without bias, batch norm and, unless linear, PReLU."""

    def __init__(
        self,
        input_nc: int,
        width: int,
        kernel: int = 1,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        linear: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(input_nc, width, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(width)
        if not linear:
            self.prelu = nn.PReLU(width)
        self.linear = linear

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        return x if self.linear else self.prelu(x)


class InvertedResidual(nn.Module):
    """Widen to `inner`, depthwise convolution, narrow to `width`; added to the input if `residual`."""

    def __init__(
        self, input_nc: int, width: int, inner: int, stride: int = 2, residual: bool = False
    ) -> None:
        super().__init__()
        self.conv = ConvUnit(input_nc, inner)
        self.conv_dw = ConvUnit(inner, inner, 3, stride, 1, groups=inner)
        self.project = ConvUnit(inner, width, linear=True)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        out = self.project(self.conv_dw(self.conv(x)))
        return x + out if self.residual else out


class ResidualStage(nn.Module):
    """Inverted residuals at one scale."""

    def __init__(self, width: int, inner: int, count: int) -> None:
        super().__init__()
        self.model = nn.Sequential(
            *(InvertedResidual(width, width, inner, stride=1, residual=True) for _ in range(count))
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


class OutputLayer(nn.Module):
    """Global depthwise convolution, linear, batch norm."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.conv_6_dw = ConvUnit(width, width, 7, groups=width, linear=True)
        self.linear = nn.Linear(width, outputs, bias=False)
        self.bn = nn.BatchNorm1d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.linear(self.conv_6_dw(x).flatten(1)))


class MobileFaceNet(nn.Module):
    """Landmarks of a face window. The attribute names are the published ones.

    outputs: numbers to predict, x and y of each landmark.
    width: channels against the published ones, in steps of 8.
    """

    def __init__(self, outputs: int = 136, width: float = 1.0) -> None:
        super().__init__()
        c64, c128, c256, c512 = (max(8, 8 * round(count * width / 8)) for count in (64, 128, 256, 512))
        self.conv1 = ConvUnit(3, c64, 3, 2, 1)
        self.conv2_dw = ConvUnit(c64, c64, 3, 1, 1, groups=c64)
        self.conv_23 = InvertedResidual(c64, c64, c128)
        self.conv_3 = ResidualStage(c64, c128, 4)
        self.conv_34 = InvertedResidual(c64, c128, c256)
        self.conv_4 = ResidualStage(c128, c256, 6)
        self.conv_45 = InvertedResidual(c128, c128, c512)
        self.conv_5 = ResidualStage(c128, c256, 2)
        self.conv_6_sep = ConvUnit(c128, c512)
        self.output_layer = OutputLayer(c512, outputs)

    def forward(self, face: Tensor) -> Tensor:
        """Face window (B, 3, 112, 112) in [0, 1], BGR or a grey drawing three times -> (B, outputs).

        The result is x0, y0, x1, y1, … in [0, 1] of the window.
        """
        x = self.conv2_dw(self.conv1(face))
        x = self.conv_3(self.conv_23(x))
        x = self.conv_4(self.conv_34(x))
        x = self.conv_5(self.conv_45(x))
        return self.output_layer(self.conv_6_sep(x))
