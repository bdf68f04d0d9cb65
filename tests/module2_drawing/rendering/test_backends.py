import json

import numpy as np
import pytest
import skimage.data
import torch
from reference_tools import fill_weights, load_reference

from module1_audio2lmk.foundation.checkpoints import save_network
from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.geometry.landmark_motion import landmark_flow, move_image
from module2_drawing.geometry.warping import warp_by_flow
from module2_drawing.networks import (
    NETWORKS,
    FlowPrediction,
    MODNet,
    StaticDrawingGenerator,
    WarpGenerator,
)
from module2_drawing.networks.photo2cartoon import Photo2CartoonGenerator
from module2_drawing.rendering.backends import loaded
from module2_drawing.rendering.flow import FlowRegressor
from module2_drawing.rendering.matte import Matte
from module2_drawing.rendering.static_drawing import StaticDrawing
from module2_drawing.util.images import resized, to_image, to_tensor

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def photo():
    return skimage.data.astronaut()


def test_weights_are_loaded_fixed(tmp_path):
    generator = fill_weights(WarpGenerator(ngf=4, div=4, disp=1))
    path = tmp_path / "weights.safetensors"
    save_network(path, generator, {"ngf": 4, "div": 4, "disp": 1})
    found = loaded(WarpGenerator, path, CPU)
    assert not found.training and not any(value.requires_grad for value in found.parameters())
    for name, value in generator.state_dict().items():
        torch.testing.assert_close(found.state_dict()[name], value, atol=1e-3, rtol=1e-3)


def test_other_weights_are_no_generator(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_network(path, StaticDrawingGenerator(ngf=2), {"ngf": 2})
    with pytest.raises(InputError, match=r"weights\.safetensors holds a StaticDrawingGenerator, not a WarpG"):
        loaded(WarpGenerator, path, CPU)


class Shift(torch.nn.Module):
    """A flow A that moves everything to the right by `px` of 112."""

    frame = grid = 112

    def __init__(self, px: float) -> None:
        super().__init__()
        self.px = torch.nn.Parameter(torch.tensor(px))

    def forward(self, discs: torch.Tensor) -> FlowPrediction:
        flow, visibility = torch.zeros_like(discs[:, :2]), torch.zeros_like(discs[:, :3])
        flow[:, 0], visibility[:, 0] = self.px / 20, 1
        return FlowPrediction(flow, visibility, [flow])


def test_another_network_of_flow_a_is_a_class_and_a_name(tmp_path, monkeypatch):
    monkeypatch.setitem(NETWORKS, "Shift", Shift)
    save_network(tmp_path / "default/flow_regression.safetensors", Shift(3.5), {"px": 0.0})
    marks = torch.rand(1, 68, 2) * 256
    motion = FlowRegressor(tmp_path, CPU, own=True).motion(marks, marks, 256)
    torch.testing.assert_close(motion.flow_a[:, 0], torch.full((1, 256, 256), 8.0))


def test_selfie_matte_finds_the_person(photo, tmp_path):
    matte = Matte(tmp_path, CPU)
    assert "MediaPipe" in matte.description
    mask = matte(photo)
    assert mask.shape == (256, 256) and mask.dtype == np.float32
    assert mask[50:90, 100:125].min() > 0.9  # the face
    assert mask[:30, 190:].max() < 0.1


def test_published_matte_sees_256_px(photo, tmp_path):
    network = fill_weights(MODNet())
    torch.save(
        {f"module.{name}": value for name, value in network.state_dict().items()},
        tmp_path / "modnet_photographic_portrait_matting.ckpt",
    )
    matte = Matte(tmp_path, CPU)
    small = photo[::2, ::2]
    with torch.no_grad():
        expected = network(to_tensor(small))[0, 0].numpy()
    assert np.allclose(matte(small), expected, atol=1e-6)
    assert np.array_equal(matte(photo), matte(resized(photo, 256)))


def test_static_drawing_is_rendered(photo, tmp_path):
    static = StaticDrawing("line_drawing", tmp_path, CPU)
    drawing = static(photo)
    assert "procedural" in static.description
    assert drawing.shape == (1, 1, 256, 256) and drawing.min() >= -1 and drawing.max() <= 1
    assert 0.02 < float((drawing < 0).float().mean()) < 0.5
    assert static(photo[::2, ::2]).shape == (1, 1, 256, 256)


def test_published_cartoon_network_draws(photo, tmp_path):
    network = fill_weights(Photo2CartoonGenerator())
    (tmp_path / "static").mkdir()
    parts = {"genA2B": network.state_dict(), "genB2A": {"other": torch.zeros(1)}}
    torch.save(parts, tmp_path / "static/cartoon.pt")
    static = StaticDrawing("cartoon", tmp_path, CPU)
    assert "cartoon.pt" in static.description
    small = resized(photo, 256)
    found = static(small)
    # The published program cuts the photo off to whole grey values on its way to the network.
    seen = ((to_tensor(small) + 1) * 127.5).numpy().astype(np.uint8) / 127.5 - 1
    with torch.no_grad():
        expected = network(torch.from_numpy(seen).float())
    assert found.shape == (1, 3, 256, 256) and torch.allclose(found, expected, atol=1e-5)
    assert static.large(photo).shape == (512, 512, 3)


def test_static_network_trained_here(photo, tmp_path):
    network = fill_weights(StaticDrawingGenerator(output_nc=1, ngf=2))
    torch.save(network.state_dict(), tmp_path / "latest_net_G.pth")
    (tmp_path / "options.json").write_text(json.dumps({"output_nc": 1, "ngf": 2}))
    static = StaticDrawing("charcoal", tmp_path, CPU, tmp_path / "latest_net_G.pth")
    with torch.no_grad():
        expected = network(to_tensor(photo), torch.tensor([[0.0, 1.0, 0.0]]))
    assert np.abs(static.large(photo).astype(int) - to_image(expected)[..., 0]).max() <= 1
    torch.save(WarpGenerator(ngf=2).state_dict(), tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"other\.pth is not named as a network of a training run"):
        StaticDrawing("charcoal", tmp_path, CPU, tmp_path / "other.pth")


@pytest.mark.parametrize("style", ["etching", "../line_drawing", "os"])
def test_unknown_style(style, tmp_path):
    with pytest.raises(InputError, match="unknown style"):
        StaticDrawing(style, tmp_path, CPU)


def test_spline_flow_moves_an_image_as_the_spline_warp_does(tmp_path):
    marks = load_reference("sparse_landmark_motion")
    source = marks["landmarks_source"].float().view(1, 68, 2)
    target = source * 1.02 + torch.tensor([2.0, -1.0])
    target[:, 48:, 1] += 3
    image = to_tensor(np.asarray(skimage.data.astronaut()[::2, ::2]))
    motion = FlowRegressor(tmp_path, CPU).motion(source, target, 256)
    flow, mask = motion.flow_a, motion.visible
    exact = landmark_flow(source, target, stride=1)
    assert flow.shape == (1, 2, 256, 256) and torch.equal(mask, torch.ones(1, 1, 256, 256))
    assert motion.spline is flow
    assert float((flow - exact).abs().max()) < 0.2
    height = width = 256
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    grid = (torch.stack((x, y), -1) + exact[0].permute(1, 2, 0))[None] * 2 / (width - 1) - 1
    moved = torch.nn.functional.grid_sample(image, grid, align_corners=True, padding_mode="border")
    held = move_image(image, landmark_flow(source, target, stride=1))
    assert float((moved - held).abs().mean()) < 0.02  # bilinear against bicubic

    assert warp_by_flow(image, flow, mask).shape == image.shape
