import pytest
import torch
import torch.nn.functional as F

from module1_audio2lmk.foundation.checkpoints import build, save_network
from module2_drawing.geometry.warping import landmark_maps, sparse_motion_grid, warp_by_grid
from module2_drawing.networks import OverpaintGenerator, WarpGenerator, define_G
from module2_drawing.networks.overpaint import (
    mixed,
    whole,
    window_ramp,
    windowed,
    windowed_grid,
    without_weak_opacity,
)

SIZE = 64


def inputs(batch: int, input_nc: int) -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(0)
    start = torch.rand(batch, 68, 2, generator=random) * SIZE
    end = start + torch.randn(batch, 68, 2, generator=random)
    image = torch.rand(batch, input_nc, 16, 16, generator=random) * 2 - 1
    return (
        F.interpolate(image, (SIZE, SIZE), mode="bilinear"),
        landmark_maps(start, SIZE),
        landmark_maps(end, SIZE),
        sparse_motion_grid(start, end, SIZE),
        torch.zeros(batch, 2, SIZE, SIZE),
        torch.ones(batch, 1, SIZE, SIZE),
    )


def drawn_over(generator: OverpaintGenerator, photo: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
    """What is drawn where the photo's last channels, its drawing, lie below."""
    encoded = generator.encode(photo, rest[0])._replace(underlay=photo[:, -generator.output_nc :])
    return generator.decode(encoded, *rest[1:])


@pytest.mark.parametrize("channels", [1, 3])
def test_untrained_it_is_almost_the_underlay(channels):
    generator = define_G("overpaint", 3 + channels, channels, 4, seed=0)
    photo, *rest = inputs(2, 3 + channels)
    with torch.no_grad():
        drawn = drawn_over(generator, photo, *rest)
    drawing = photo[:, -channels:]
    assert drawn.shape == drawing.shape
    assert 0 < float((drawn - drawing).abs().mean()) < 0.1


def test_paint_covers_where_it_is_opaque():
    generator = define_G("overpaint", 4, 1, 4, seed=0).eval()
    photo, *rest = inputs(1, 4)
    last = generator.model3[-2]
    torch.nn.init.zeros_(last.weight)
    last.bias.data.copy_(torch.tensor([-9.0, 9.0]))  # black, opaque
    with torch.no_grad():
        painted = windowed(drawn_over(generator, photo, *rest))
        assert float(painted[..., 2:-2, 2:-2].max()) < -0.97
        last.bias.data[1] = -9
        clear = drawn_over(generator, photo, *rest)
    assert torch.allclose(clear, photo[:, -1:], atol=0.02)


def test_paint_keeps_the_colour_of_what_it_covers():
    colour = torch.tensor([-1.0, -0.4, 0.0, 0.7, 1.0], requires_grad=True)
    assert torch.equal(mixed(colour, torch.zeros(5)), colour)
    assert torch.allclose(mixed(colour, torch.ones(5)), torch.ones(5))
    assert torch.allclose(mixed(colour, -torch.ones(5)), -torch.ones(5))
    assert torch.allclose(mixed(colour, torch.full((5,), 0.5)), (colour + 1) / 2)
    lightness = torch.tensor([-0.5, 0.5], requires_grad=True)
    mixed(torch.tensor([0.2, 0.2]), lightness).sum().backward()
    assert torch.allclose(lightness.grad, torch.tensor([1.2, 0.8]))


def test_an_opacity_near_zero_still_learns():
    generator = define_G("overpaint", 4, 1, 4, seed=0)
    last = generator.model3[-2]
    torch.nn.init.zeros_(last.weight)
    last.bias.data.copy_(torch.tensor([-3.0, -3.0]))
    with torch.autocast("cpu", torch.bfloat16):
        drawn_over(generator, *inputs(1, 4)).mean().backward()
    assert float(last.bias.grad[1].abs()) > 1e-4


def test_thin_paint_is_left_out_but_learns():
    opacity = torch.tensor([0.02, 0.1, 0.5, 0.9, 0.99], requires_grad=True)
    shown = without_weak_opacity(opacity)
    assert torch.allclose(shown, torch.tensor([0, 0, 0.5, 1, 1]))
    shown.sum().backward()
    assert torch.equal(opacity.grad, torch.ones(5))


def test_both_layers_get_a_gradient():
    generator = define_G("overpaint", 4, 1, 4, seed=0)
    drawn_over(generator, *inputs(1, 4)).square().mean().backward()
    gradient = generator.model3[-2].weight.grad
    assert all(float(gradient[k].abs().sum()) > 0 for k in (0, 1))


@pytest.mark.parametrize(
    ("network", "channels"), [(OverpaintGenerator, 3), (OverpaintGenerator, 1), (WarpGenerator, 3)]
)
def test_weights_say_which_generator_they_are_of(network, channels, tmp_path):
    saved = network(3 + channels, channels, 4)
    path = tmp_path / "weights.safetensors"
    save_network(path, saved, {"input_nc": 3 + channels, "output_nc": channels, "ngf": 4})
    found = build(path, WarpGenerator)
    assert type(found) is network and found.output_nc == channels


def test_the_window_of_a_grid_samples_what_the_grid_samples():
    random = torch.Generator().manual_seed(1)
    image = torch.rand(1, 2, SIZE, SIZE, generator=random)
    here = F.affine_grid(torch.eye(2, 3)[None], [1, 1, SIZE, SIZE], align_corners=True)
    grid = here + 0.02 * torch.randn(here.shape, generator=random)
    wanted = windowed(warp_by_grid(image, grid))
    found = warp_by_grid(windowed(image), windowed_grid(grid))
    inner = slice(4, -4)
    assert torch.allclose(found[..., inner, inner], wanted[..., inner, inner], atol=1e-4)


def test_paint_ends_softly_at_the_window():
    image = torch.rand(2, 3, 256, 256)
    inside = windowed(image)
    again = whole(inside, 256)
    assert torch.equal(windowed(again), inside) and float(again[..., :70, :].abs().max()) == 0
    ramp = window_ramp(160, 256, torch.device("cpu"))
    assert ramp.shape == (160, 160) and float(ramp[80, 0]) == 1 / 8 and float(ramp[80, 80]) == 1


def test_what_is_not_painted_lies_around_the_face():
    around = OverpaintGenerator.unpainted(256, torch.device("cpu"))
    assert around.shape == (1, 1, 256, 256) and float(around[..., 150, 128]) == 0
    assert float(around[..., :72, :].min()) == 1 and 0 < float(around[..., 73, 128]) < 1
