import pytest
import torch
from reference_tools import assert_matches, assert_published_names, fill_weights, load_reference, smooth_image

from module2_drawing.networks import PatchDiscriminator


@pytest.mark.parametrize(("judged", "channels"), [("drawing", 1), ("coherence", 2)])
def test_reference(judged, channels):
    discriminator = fill_weights(PatchDiscriminator(channels))
    assert_published_names(discriminator, f"patch_discriminator_{judged}")
    stored = load_reference(f"patch_discriminator_{judged}")
    with torch.no_grad():
        assert_matches(discriminator(smooth_image(stored["input"], (256, 256))), stored["output"])


@pytest.mark.parametrize(("n_layers", "side"), [(1, 126), (2, 62), (3, 30), (4, 14)])
def test_layers_set_the_number_of_patches(n_layers, side):
    assert PatchDiscriminator(1, ndf=4, n_layers=n_layers)(torch.zeros(2, 1, 256, 256)).shape == (
        2,
        1,
        side,
        side,
    )


def test_patch_is_70_pixels_wide():
    discriminator = fill_weights(PatchDiscriminator(1, ndf=4))
    # Instance norm sees the whole image, so the patch is measured without it.
    discriminator.model = torch.nn.Sequential(
        *(layer for layer in discriminator.model if not isinstance(layer, torch.nn.InstanceNorm2d))
    )
    drawing = torch.zeros(1, 1, 256, 256, requires_grad=True)
    discriminator(drawing)[0, 0, 15, 15].backward()
    rows = drawing.grad[0, 0].abs().sum(1).nonzero()
    assert int(rows.max() - rows.min()) + 1 == 70
