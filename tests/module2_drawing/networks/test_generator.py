import pytest
import torch
from reference_tools import (
    assert_matches,
    assert_published_names,
    fill_weights,
    load_reference,
    smooth_image,
    unpack_bits,
)

from module2_drawing.geometry.warping import landmark_maps, sparse_motion_grid
from module2_drawing.networks import WarpGenerator


@pytest.fixture(scope="module")
def reference_inputs():
    """photo, map_source, map_target, motion_grid, flow, flow_mask of the reference run."""
    stored, marks = load_reference("generator_drawing"), load_reference("sparse_landmark_motion")
    source, target = marks["landmarks_source"][None], marks["landmarks_target"][None]
    return (
        smooth_image(stored["photo"], (256, 256)),
        landmark_maps(source),
        landmark_maps(target),
        sparse_motion_grid(source, target),
        smooth_image(stored["flow"], (256, 256), bound=None),
        unpack_bits(stored["flow_mask"], 1, 1, 256, 256),
    )


def small_inputs(batch, size=64):
    random = torch.Generator().manual_seed(0)
    landmarks = torch.rand(2, batch, 68, 2, generator=random) * size
    return (
        torch.rand(batch, 3, size, size, generator=random) * 2 - 1,
        landmark_maps(landmarks[0], size),
        landmark_maps(landmarks[1], size),
        sparse_motion_grid(landmarks[0], landmarks[1], size),
        torch.randn(batch, 2, size, size, generator=random) * 3,
        (torch.rand(batch, 1, size, size, generator=random) > 0.4).float(),
    )


def test_drawing_reference(reference_inputs):
    generator = fill_weights(WarpGenerator())
    assert_published_names(generator, "generator_drawing")
    with torch.no_grad():
        output = generator(*reference_inputs)
    assert_matches(output[..., ::4, ::4], load_reference("generator_drawing")["output"])


def test_cartoon_reference(reference_inputs):
    generator = fill_weights(WarpGenerator(output_nc=3))
    assert_published_names(generator, "generator_cartoon")
    with torch.no_grad():
        output = generator(*reference_inputs)
    assert_matches(output[..., ::4, ::4], load_reference("generator_cartoon_output")["output"])


@pytest.mark.parametrize(("ngf", "output_nc"), [(4, 1), (6, 3), (7, 1), (16, 3)])
def test_any_width_and_channels(ngf, output_nc):
    generator = WarpGenerator(output_nc=output_nc, ngf=ngf, n_blocks=3)
    with torch.no_grad():
        output = generator(*small_inputs(2))
    assert output.shape == (2, output_nc, 64, 64)
    assert output.abs().max() <= 1
    assert output.std() > 0


def test_blocks_that_take_landmarks_follow_div_and_disp():
    generator = WarpGenerator(ngf=4, n_blocks=5, div=2, disp=1)
    widened = [block.conv_block[1].in_channels == 16 + 32 for block in generator.model2]
    assert widened == [False, True, False, True, False]


def test_decode_of_encoded_photo_is_forward():
    generator, inputs = fill_weights(WarpGenerator(ngf=8, n_blocks=4)), small_inputs(2)
    with torch.no_grad():
        encoded = generator.encode(*inputs[:2])
        torch.testing.assert_close(generator.decode(encoded, *inputs[2:]), generator(*inputs))


def test_one_photo_serves_many_frames():
    generator = fill_weights(WarpGenerator(ngf=8, n_blocks=4))
    photo, map_source, *targets = small_inputs(3)
    with torch.no_grad():
        together = generator.decode(generator.encode(photo[:1], map_source[:1]), *targets)
        single = [generator(photo[:1], map_source[:1], *(t[i : i + 1] for t in targets)) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(single), atol=1e-5, rtol=0)


@pytest.mark.parametrize("changed", range(6))
def test_output_depends_on_every_input(changed):
    generator, inputs = fill_weights(WarpGenerator(ngf=8, n_blocks=4)), list(small_inputs(1))
    with torch.no_grad():
        before = generator(*inputs)
        inputs[changed] = inputs[changed].flip(2)
        assert (generator(*inputs) - before).abs().mean() > 1e-3


def test_gradient_reaches_photo_and_every_weight():
    generator, inputs = WarpGenerator(ngf=8, n_blocks=4), small_inputs(1)
    inputs[0].requires_grad_()
    generator(*inputs).square().mean().backward()
    assert inputs[0].grad.abs().mean() > 0
    assert all(parameter.grad is not None for parameter in generator.parameters())
    assert all(
        parameter.grad.abs().sum() > 0 for name, parameter in generator.named_parameters() if "weight" in name
    )


def test_bfloat16_autocast_and_channels_last_stay_close():
    generator, inputs = fill_weights(WarpGenerator(ngf=8, n_blocks=4)), small_inputs(1)
    with torch.no_grad():
        exact = generator(*inputs)
        generator.to(memory_format=torch.channels_last)
        photo = inputs[0].to(memory_format=torch.channels_last)
        torch.testing.assert_close(generator(photo, *inputs[1:]), exact, atol=1e-4, rtol=0)
        with torch.autocast("cpu", torch.bfloat16):
            half = generator(photo, *inputs[1:])
    assert half.dtype == torch.bfloat16
    assert (half.float() - exact).abs().mean() < 0.03
