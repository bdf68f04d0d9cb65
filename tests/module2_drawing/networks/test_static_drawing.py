import pytest
import torch
import torch.nn.functional as F
from reference_tools import assert_matches, assert_published_names, fill_weights, load_reference, smooth_image

from module2_drawing.networks import StaticDrawingGenerator

LINE_STYLE = torch.tensor([[0.0, 1.0, 0.0]])


def test_reference():
    generator = fill_weights(StaticDrawingGenerator())
    assert_published_names(generator, "static_drawing_generator")
    photo = smooth_image(load_reference("generator_drawing")["photo"], (256, 256))
    photo = F.interpolate(photo, (512, 512), mode="bilinear", align_corners=False)
    with torch.no_grad():
        drawing = generator(photo, LINE_STYLE)
    drawing = F.interpolate(drawing, (256, 256), mode="bilinear", align_corners=False)
    assert_matches(drawing[..., ::4, ::4], load_reference("static_drawing_generator")["output_half"])


@pytest.mark.parametrize("output_nc", [1, 3])
def test_style_and_photo_both_count(output_nc):
    generator = fill_weights(StaticDrawingGenerator(output_nc=output_nc, ngf=4, n_blocks=2))
    photos = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        drawings = generator(photos, LINE_STYLE)
        other = generator(photos, torch.tensor([[1.0, 0.0, 0.0]]))
        mixed = generator(photos, torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
    assert drawings.shape == (2, output_nc, 64, 64)
    assert (drawings - other).abs().mean() > 1e-3
    torch.testing.assert_close(mixed, torch.stack((drawings[0], other[1])), atol=1e-5, rtol=0)
