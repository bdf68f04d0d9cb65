import pytest
import torch
from reference_tools import assert_matches, assert_published_names, fill_weights, load_reference, smooth_image

from module2_drawing.networks import MODNet


@pytest.fixture(scope="module")
def network():
    return fill_weights(MODNet())


def test_reference(network):
    assert_published_names(network, "modnet")
    photo = smooth_image(load_reference("generator_drawing")["photo"], (256, 256))
    with torch.no_grad():
        assert_matches(network(photo)[..., ::4, ::4], load_reference("modnet")["matte"])


def test_backbone_is_one_module_under_two_names(network):
    state = network.state_dict()
    twice = [name for name in state if name.startswith("backbone.")]
    assert len(twice) == 312
    assert all(state[name].data_ptr() == state[f"lr_branch.{name}"].data_ptr() for name in twice)


def test_matte_of_a_batch_that_is_not_square(network):
    images = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        mattes = network(images)
        torch.testing.assert_close(mattes[1:], network(images[1:]), atol=1e-5, rtol=0)
    assert mattes.shape == (2, 1, 64, 96)
    assert mattes.min() >= 0 and mattes.max() <= 1
