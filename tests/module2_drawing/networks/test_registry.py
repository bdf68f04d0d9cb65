import pytest
import torch
from torch import nn

from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.networks import (
    INITIALISATIONS,
    PatchDiscriminator,
    StaticDrawingGenerator,
    WarpGenerator,
    define_D,
    define_G,
    init_weights,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("warp", WarpGenerator),
        ("resnet_9blocks_rcatland32_full_ifw", WarpGenerator),
        ("static", StaticDrawingGenerator),
        ("resnet_style2_9blocks", StaticDrawingGenerator),
    ],
)
def test_generators_by_name(name, kind):
    net = define_G(name, output_nc=3, ngf=4, n_blocks=2)
    assert type(net) is kind
    assert net.state_dict()["model3.7.bias" if kind is WarpGenerator else "model.12.bias"].shape == (3,)


def test_arguments_reach_the_generator():
    net = define_G("warp", ngf=4, n_blocks=4, div=2, disp=1)
    assert [net.takes_landmarks(i) for i in range(len(net.model2))] == [False, True, False, True]


def test_discriminators_by_name():
    for name, strided in (("basic", 3), ("n_layers", 4)):
        net = define_D(name, input_nc=2, ndf=4, n_layers=4)
        assert type(net) is PatchDiscriminator
        assert sum(isinstance(layer, nn.Conv2d) for layer in net.model) == strided + 2


@pytest.mark.parametrize("build", [define_G, define_D])
def test_unknown_names_are_refused_with_the_known_ones(build):
    with pytest.raises(InputError, match=r"'resnet_7blocks'.*use one of"):
        build("resnet_7blocks")
    with pytest.raises(InputError, match=r"'uniform'.*orthogonal"):
        build(init_type="uniform")


@pytest.mark.parametrize("kind", INITIALISATIONS)
def test_initialisation(kind):
    conv = nn.Conv2d(64, 32, 3)
    net = init_weights(nn.Sequential(conv, nn.BatchNorm2d(32)), kind, gain=0.5, seed=1)
    expected = {"normal": 0.5, "xavier": 0.5 * (2 / (96 * 9)) ** 0.5, "kaiming": (2 / (64 * 9)) ** 0.5}
    if kind == "orthogonal":
        rows = conv.weight.flatten(1)
        torch.testing.assert_close(rows @ rows.T, 0.25 * torch.eye(32), atol=1e-5, rtol=0)
    else:
        assert conv.weight.std().item() == pytest.approx(expected[kind], rel=0.03)
    assert conv.bias.abs().max() == 0 and net[1].bias.abs().max() == 0
    assert net[1].weight.mean().item() == pytest.approx(1, abs=0.4)
    assert net[1].weight.std().item() == pytest.approx(0.5, rel=0.4)


def test_seed_repeats_the_weights():
    first, again, other = (define_D(ndf=4, seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["model.0.weight"], other["model.0.weight"])
