import pytest
import torch
import torch.nn.functional as F
from reference_tools import fill_weights

from module2_drawing.networks.photo2cartoon import (
    LIN,
    AdaLIN,
    DenseBlock,
    HourGlassBlock,
    Photo2CartoonGenerator,
    SoftAdaLIN,
)


@pytest.fixture(scope="module")
def features():
    return torch.randn(2, 8, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 + 1


def test_names_of_the_published_file():
    names = {name: tuple(value.shape) for name, value in Photo2CartoonGenerator().state_dict().items()}
    expected = {
        "ConvBlock1.1.weight": (32, 3, 7, 7),
        "HourGlass1.HG.0.ConvBlock1_1.ConvBlock1.3.weight": (16, 32, 3, 3),
        "HourGlass1.HG.0.ConvBlock9.ConvBlock3.3.weight": (8, 8, 3, 3),
        "HourGlass2.HG.1.ConvBlock4.2.weight": (32, 32, 1, 1),
        "HourGlass2.HG.2.weight": (32, 32, 1, 1),
        "HourGlass2.Conv3.weight": (32, 3, 1, 1),
        "DownBlock2.1.weight": (128, 64, 3, 3),
        "EncodeBlock4.conv_block.5.weight": (128, 128, 3, 3),
        "gap_fc.weight": (1, 128),
        "conv1x1.bias": (128,),
        "FC.2.weight": (128, 128),
        "DecodeBlock1.conv2.weight": (128, 128, 3, 3),
        "DecodeBlock1.norm1.norm.rho": (1, 128, 1, 1),
        "DecodeBlock4.norm2.w_beta": (1, 128),
        "DecodeBlock4.norm2.c_gamma.2.bias": (128,),
        "DecodeBlock4.norm2.s_beta.weight": (128, 128),
        "UpBlock1.2.weight": (64, 128, 3, 3),
        "UpBlock2.3.gamma": (1, 32, 1, 1),
        "ConvBlock2.1.weight": (3, 3, 7, 7),
    }
    assert expected.items() <= names.items()
    assert "HourGlass4.Conv2.weight" not in names and "ConvBlock1.1.bias" not in names


def test_draws_in_range():
    network = fill_weights(Photo2CartoonGenerator(ngf=8))
    photo = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        both, single = network(photo), network(photo[1:])
    assert both.shape == (2, 3, 64, 64) and float(both.abs().max()) <= 1 and float(both.std()) > 0.01
    assert torch.allclose(both[1:], single, atol=2e-3)


def test_norms_follow_their_formulas(features):
    x = features
    instance = F.instance_norm(x) * ((32 * 32 - 1) / (32 * 32)) ** 0.5  # its variance is the biased one
    mean, deviation = x.mean((1, 2, 3), keepdim=True), x.std((1, 2, 3), keepdim=True)
    layer = (x - mean) / deviation
    with torch.no_grad():
        assert torch.allclose(AdaLIN(8)(x), 0.9 * instance + 0.1 * layer, atol=1e-4)
        assert torch.allclose(LIN(8)(x), layer, atol=1e-4)
        soft = SoftAdaLIN(8)
        soft.w_gamma.fill_(0.25)
        content, style = torch.randn(2, 8), torch.randn(2, 8)
        gamma = 0.75 * soft.s_gamma(style) + 0.25 * soft.c_gamma(content)
        expected = AdaLIN(8)(x) * gamma[..., None, None] + soft.s_beta(style)[..., None, None]
        assert torch.allclose(soft(x, content, style), expected, atol=1e-4)


def test_hourglass_adds_every_level(features):
    block, hourglass = fill_weights(DenseBlock(8)), fill_weights(HourGlassBlock(8))
    with torch.no_grad():
        first = block.ConvBlock1(features)
        second = block.ConvBlock2(first)
        parts = torch.cat((first, second, block.ConvBlock3(second)), 1)
        assert torch.allclose(block(features), features + parts)
        level = hourglass
        down = [features]
        for i in range(1, 5):
            down.append(getattr(level, f"ConvBlock{i}_2")(F.avg_pool2d(down[-1], 2)))
        x = level.ConvBlock5(down[-1])
        for i, number in zip((4, 3, 2, 1), (6, 7, 8, 9), strict=True):
            up = F.interpolate(getattr(level, f"ConvBlock{number}")(x), scale_factor=2, mode="nearest")
            x = up + getattr(level, f"ConvBlock{i}_1")(down[i - 1])
        assert torch.allclose(hourglass(features), x, atol=1e-5)
