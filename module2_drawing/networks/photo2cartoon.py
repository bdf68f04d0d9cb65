"""Static network of the published cartoon: photo → cartoon, an attention-guided generator with hourglasses.

Parameter names are those of the published file (`genA2B`). Instance norms have no parameters.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Photo2CartoonGenerator(nn.Module):
    """Two hourglasses, an encoder, a class activation map, a style-modulated decoder, two hourglasses.

    ngf: width; the bottleneck has 4·ngf channels.
    """

    def __init__(self, ngf: int = 32) -> None:
        super().__init__()
        dim = 4 * ngf
        self.ConvBlock1 = nn.Sequential(*padded(3, ngf, 7), nn.InstanceNorm2d(ngf), nn.ReLU())
        self.HourGlass1, self.HourGlass2 = HourGlass(ngf), HourGlass(ngf)
        self.DownBlock1 = nn.Sequential(*padded(ngf, 2 * ngf, 3, 2), nn.InstanceNorm2d(2 * ngf), nn.ReLU())
        self.DownBlock2 = nn.Sequential(*padded(2 * ngf, dim, 3, 2), nn.InstanceNorm2d(dim), nn.ReLU())
        for i in range(1, 5):
            setattr(self, f"EncodeBlock{i}", EncodeBlock(dim))
        # Which channels matter, judged from their mean and their maximum.
        self.gap_fc, self.gmp_fc = nn.Linear(dim, 1), nn.Linear(dim, 1)
        self.conv1x1 = nn.Conv2d(2 * dim, dim, 1)
        self.FC = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, dim), nn.ReLU())
        for i in range(1, 5):
            setattr(self, f"DecodeBlock{i}", DecodeBlock(dim))
        self.UpBlock1, self.UpBlock2 = up_block(dim, 2 * ngf), up_block(2 * ngf, ngf)
        self.HourGlass3, self.HourGlass4 = HourGlass(ngf), HourGlass(ngf, residual=False)
        self.ConvBlock2 = nn.Sequential(*padded(3, 3, 7), nn.Tanh())

    def forward(self, photo: Tensor) -> Tensor:
        """(B, 3, S, S) in [-1, 1] -> cartoon (B, 3, S, S) in [-1, 1]; published weights expect S = 256."""
        x = self.HourGlass2(self.HourGlass1(self.ConvBlock1(photo)))
        x = self.DownBlock2(self.DownBlock1(x))
        contents = []
        for i in range(1, 5):
            x = getattr(self, f"EncodeBlock{i}")(x)
            contents.append(x.mean((2, 3)))
        weighed = [x * fc.weight[:, :, None, None] for fc in (self.gap_fc, self.gmp_fc)]
        x = F.relu(self.conv1x1(torch.cat(weighed, 1)))
        style = self.FC(x.mean((2, 3)))
        for i, content in enumerate(reversed(contents), start=1):
            x = getattr(self, f"DecodeBlock{i}")(x, content, style)
        x = self.UpBlock2(self.UpBlock1(x))
        return self.ConvBlock2(self.HourGlass4(self.HourGlass3(x)))


class HourGlass(nn.Module):
    """Hourglass features, and a first picture made of them that is fed back in.

    residual: False for the last one, whose picture is its result.
    """

    def __init__(self, width: int, residual: bool = True) -> None:
        super().__init__()
        self.HG = nn.Sequential(
            HourGlassBlock(width),
            DenseBlock(width),
            nn.Conv2d(width, width, 1, bias=False),
            nn.InstanceNorm2d(width),
            nn.ReLU(),
        )
        self.Conv1 = nn.Conv2d(width, 3, 1)
        self.residual = residual
        if residual:
            self.Conv2, self.Conv3 = nn.Conv2d(width, width, 1), nn.Conv2d(3, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        features = self.HG(x)
        picture = self.Conv1(features)
        return x + self.Conv2(features) + self.Conv3(picture) if self.residual else picture


class HourGlassBlock(nn.Module):
    """Four halvings and back; at every level what goes down is added to what comes up."""

    LEVELS = 4

    def __init__(self, width: int) -> None:
        super().__init__()
        for level in range(1, self.LEVELS + 1):
            setattr(self, f"ConvBlock{level}_1", DenseBlock(width))  # the way across
            setattr(self, f"ConvBlock{level}_2", DenseBlock(width))  # the way down
        self.ConvBlock5 = DenseBlock(width)
        for number in range(6, 10):
            setattr(self, f"ConvBlock{number}", DenseBlock(width))

    def forward(self, x: Tensor) -> Tensor:
        across = []
        for level in range(1, self.LEVELS + 1):
            across.append(getattr(self, f"ConvBlock{level}_1")(x))
            x = getattr(self, f"ConvBlock{level}_2")(F.avg_pool2d(x, 2))
        x = self.ConvBlock5(x)
        for number in range(6, 10):
            x = F.interpolate(getattr(self, f"ConvBlock{number}")(x), scale_factor=2.0) + across.pop()
        return x


class DenseBlock(nn.Module):
    """Three convolutions in a row, of 1/2, 1/4 and 1/4 of the channels, stacked, plus the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        widths = (width, width // 2, width // 4, width // 4)
        for i in range(3):
            layers = [nn.InstanceNorm2d(widths[i]), nn.ReLU(), *padded(widths[i], widths[i + 1], 3)]
            setattr(self, f"ConvBlock{i + 1}", nn.Sequential(*layers))
        # In the published file, too, though it serves only where the number of channels changes.
        self.ConvBlock4 = nn.Sequential(
            nn.InstanceNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 1, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.ConvBlock1(x)]
        parts.append(self.ConvBlock2(parts[-1]))
        parts.append(self.ConvBlock3(parts[-1]))
        return x + torch.cat(parts, 1)


class EncodeBlock(nn.Module):
    """Residual block with instance norms."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        first = [*padded(dim, dim, 3), nn.InstanceNorm2d(dim), nn.ReLU()]
        self.conv_block = nn.Sequential(*first, *padded(dim, dim, 3), nn.InstanceNorm2d(dim))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv_block(x)


class DecodeBlock(nn.Module):
    """Residual block whose norms take scale and shift from content and style."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(dim, dim, 3, bias=False) for _ in range(2))
        self.norm1, self.norm2 = SoftAdaLIN(dim), SoftAdaLIN(dim)

    def forward(self, x: Tensor, content: Tensor, style: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(_reflect(x)), content, style))
        return x + self.norm2(self.conv2(_reflect(y)), content, style)


class SoftAdaLIN(nn.Module):
    """Adaptive layer-instance norm; a learned weight mixes the scales that content and style ask for."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = AdaLIN(dim)
        self.w_gamma, self.w_beta = (nn.Parameter(torch.zeros(1, dim)) for _ in range(2))
        self.c_gamma, self.c_beta = (
            nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, dim)) for _ in range(2)
        )
        self.s_gamma, self.s_beta = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x: Tensor, content: Tensor, style: Tensor) -> Tensor:
        gamma = torch.lerp(self.s_gamma(style), self.c_gamma(content), self.w_gamma)
        beta = torch.lerp(self.s_beta(style), self.c_beta(content), self.w_beta)
        return self.norm(x) * gamma[:, :, None, None] + beta[:, :, None, None]


class AdaLIN(nn.Module):
    """ρ · instance norm + (1 − ρ) · layer norm, with unbiased variances."""

    def __init__(self, dim: int, rho: float = 0.9) -> None:
        super().__init__()
        self.rho = nn.Parameter(torch.full((1, dim, 1, 1), rho))

    def forward(self, x: Tensor) -> Tensor:
        return torch.lerp(_standardised(x, (1, 2, 3)), _standardised(x, (2, 3)), self.rho)


class LIN(AdaLIN):
    """The same with a learned scale and shift a channel."""

    def __init__(self, dim: int) -> None:
        super().__init__(dim, rho=0.0)
        self.gamma = nn.Parameter(torch.ones(1, dim, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, dim, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * self.gamma + self.beta


def padded(input_nc: int, output_nc: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    """Reflection padding and a convolution without bias."""
    return [nn.ReflectionPad2d(kernel // 2), nn.Conv2d(input_nc, output_nc, kernel, stride, bias=False)]


def up_block(input_nc: int, output_nc: int) -> nn.Sequential:
    """Double the size by repeating pixels, convolve, normalise."""
    return nn.Sequential(
        nn.Upsample(scale_factor=2), *padded(input_nc, output_nc, 3), LIN(output_nc), nn.ReLU()
    )


def _reflect(x: Tensor) -> Tensor:
    return F.pad(x, (1, 1, 1, 1), mode="reflect")


def _standardised(x: Tensor, dims: tuple[int, ...]) -> Tensor:
    variance, mean = torch.var_mean(x, dims, keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt()
