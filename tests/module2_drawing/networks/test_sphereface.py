import pytest
import torch
from reference_tools import assert_matches, assert_published_names, fill_weights, load_reference, smooth_image

from module2_drawing.networks import SphereFace20


@pytest.fixture(scope="module")
def network():
    return fill_weights(SphereFace20())


def test_reference(network):
    assert_published_names(network, "sphereface20a")
    stored = load_reference("sphereface20a")
    with torch.no_grad():
        assert_matches(network(smooth_image(stored["input"], (112, 96))), stored["feature"])


def test_features_of_every_level(network):
    face = torch.rand(2, 3, 112, 96, generator=torch.Generator().manual_seed(0), requires_grad=True)
    levels = network.features(face)
    sizes = [(64, 56, 48), (128, 28, 24), (256, 14, 12), (512, 7, 6), (512,)]
    assert [tuple(level.shape[1:]) for level in levels] == sizes
    torch.testing.assert_close(levels[-1], network(face))
    for level in levels:
        (gradient,) = torch.autograd.grad(level.square().mean(), face, retain_graph=True)
        assert gradient.abs().sum() > 0


def test_narrow_network(network):
    narrow = SphereFace20((4, 8, 12, 16), outputs=10)
    assert narrow.state_dict().keys() == network.state_dict().keys()
    levels = narrow.features(torch.rand(1, 3, 112, 96))
    assert [level.shape[1] for level in levels] == [4, 8, 12, 16, 10]
