"""MODNet: portrait matting. A low branch finds the person, a high branch the outline, a third joins them."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .mobilenet_v2 import MobileNetV2

ENCODER_CHANNELS = (16, 24, 32, 96, 1280)


class IBNorm(nn.Module):
    """Batch norm on the first half of the channels, instance norm on the rest."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bnorm = nn.BatchNorm2d(channels // 2)
        self.inorm = nn.InstanceNorm2d(channels - channels // 2)

    def forward(self, x: Tensor) -> Tensor:
        batch, instance = x.split((self.bnorm.num_features, self.inorm.num_features), 1)
        return torch.cat((self.bnorm(batch), self.inorm(instance)), 1)


class Unit(nn.Module):
    """Convolution with bias and, unless `plain`, IBNorm and ReLU."""

    def __init__(self, input_nc: int, width: int, kernel: int, stride: int = 1, plain: bool = False) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(input_nc, width, kernel, stride, kernel // 2)]
        self.layers = nn.Sequential(*layers, *([] if plain else [IBNorm(width), nn.ReLU(True)]))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class SqueezeExcite(nn.Module):
    """Weights each channel by a function of all channels' means."""

    def __init__(self, channels: int, ratio: int = 4) -> None:
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // ratio, bias=False),
            nn.ReLU(True),
            nn.Linear(channels // ratio, channels, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.fc(x.mean((2, 3)))[:, :, None, None]


class Backbone(nn.Module):
    """Holds the encoder under its published name, `backbone.model`."""

    def __init__(self) -> None:
        super().__init__()
        self.model = MobileNetV2()

    def forward(self, image: Tensor) -> list[Tensor]:
        return self.model(image)


class LowBranch(nn.Module):
    """Where the person is, at 1/8 of the image."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone  # the same module as MODNet.backbone: published files hold it twice
        self.se_block = SqueezeExcite(ENCODER_CHANNELS[4])
        self.conv_lr16x = Unit(ENCODER_CHANNELS[4], ENCODER_CHANNELS[3], 5)
        self.conv_lr8x = Unit(ENCODER_CHANNELS[3], ENCODER_CHANNELS[2], 5)
        self.conv_lr = Unit(ENCODER_CHANNELS[2], 1, 3, plain=True)  # a head for training only

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Image (B, 3, S, S) -> lr8x (B, 32, S/8, S/8) and the encoder's features at 1/2 and 1/4."""
        enc2x, enc4x, _, _, enc32x = self.backbone(image)
        lr16x = self.conv_lr16x(_resize(self.se_block(enc32x), 2))
        return self.conv_lr8x(_resize(lr16x, 2)), enc2x, enc4x


class HighBranch(nn.Module):
    """The person's outline, at 1/2 of the image."""

    def __init__(self, hr: int) -> None:
        super().__init__()
        self.tohr_enc2x = Unit(ENCODER_CHANNELS[0], hr, 1)
        self.conv_enc2x = Unit(hr + 3, hr, 3, stride=2)
        self.tohr_enc4x = Unit(ENCODER_CHANNELS[1], hr, 1)
        self.conv_enc4x = Unit(2 * hr, 2 * hr, 3)
        self.conv_hr4x = nn.Sequential(
            Unit(2 * hr + ENCODER_CHANNELS[2] + 3, 2 * hr, 3), Unit(2 * hr, 2 * hr, 3), Unit(2 * hr, hr, 3)
        )
        self.conv_hr2x = nn.Sequential(
            Unit(2 * hr, 2 * hr, 3), Unit(2 * hr, hr, 3), Unit(hr, hr, 3), Unit(hr, hr, 3)
        )
        self.conv_hr = nn.Sequential(Unit(hr + 3, hr, 3), Unit(hr, 1, 1, plain=True))  # for training only

    def forward(self, image: Tensor, enc2x: Tensor, enc4x: Tensor, lr8x: Tensor) -> Tensor:
        image2x, image4x = _resize(image, 1 / 2), _resize(image, 1 / 4)
        enc2x = self.tohr_enc2x(enc2x)
        hr4x = self.conv_enc2x(torch.cat((image2x, enc2x), 1))
        hr4x = self.conv_enc4x(torch.cat((hr4x, self.tohr_enc4x(enc4x)), 1))
        hr4x = self.conv_hr4x(torch.cat((hr4x, _resize(lr8x, 2), image4x), 1))
        return self.conv_hr2x(torch.cat((_resize(hr4x, 2), enc2x), 1))


class FusionBranch(nn.Module):
    """Both branches to the matte."""

    def __init__(self, hr: int) -> None:
        super().__init__()
        self.conv_lr4x = Unit(ENCODER_CHANNELS[2], hr, 5)
        self.conv_f2x = Unit(2 * hr, hr, 3)
        self.conv_f = nn.Sequential(Unit(hr + 3, hr // 2, 3), Unit(hr // 2, 1, 1, plain=True))

    def forward(self, image: Tensor, lr8x: Tensor, hr2x: Tensor) -> Tensor:
        lr2x = _resize(self.conv_lr4x(_resize(lr8x, 2)), 2)
        f2x = self.conv_f2x(torch.cat((lr2x, hr2x), 1))
        return self.conv_f(torch.cat((_resize(f2x, 2), image), 1)).sigmoid()


class MODNet(nn.Module):
    """Portrait matte of an image.

    hr_channels: width of the high and the fusion branch.
    """

    def __init__(self, hr_channels: int = 32) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.lr_branch = LowBranch(self.backbone)
        self.hr_branch = HighBranch(hr_channels)
        self.f_branch = FusionBranch(hr_channels)

    def forward(self, image: Tensor) -> Tensor:
        """Image (B, 3, H, W) RGB in [-1, 1], sides multiples of 32 -> matte (B, 1, H, W) in [0, 1]."""
        lr8x, enc2x, enc4x = self.lr_branch(image)
        hr2x = self.hr_branch(image, enc2x, enc4x, lr8x)
        return self.f_branch(image, lr8x, hr2x)


def _resize(x: Tensor, scale: float) -> Tensor:
    return F.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)
