"""The paint network: shapes, ranges, work per frame, and that paint covers what lies below."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from module2_drawing import face_parts
from module2_drawing.networks import paint
from module2_drawing.networks.paint import PaintNetwork, painted

MOST_FLOPS = 0.5e9  # a frame


def inputs(channels: int, size: int) -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(0)
    shapes = (channels, size, size), (3, size, size), (3, size, size), (2, paint.EXPRESSION)
    return tuple(torch.rand(2, *shape, generator=random) * 2 - 1 for shape in shapes)


@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_ranges_and_work(channels: int) -> None:
    network = PaintNetwork(channels).eval()
    below, *rest = inputs(channels, 160)
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        colour, opacity, shift = network(below, *rest)
    assert shift.shape == (2, 2, 160, 160) and not shift.any()  # of an untrained network
    assert colour.shape == below.shape and opacity.shape == (2, 1, 160, 160)
    assert colour.abs().max() <= 1 and opacity.min() >= 0 and opacity.max() <= 1
    assert counted.get_total_flops() / 2 <= MOST_FLOPS


def test_every_input_counts() -> None:
    network = PaintNetwork(1).eval()
    given = inputs(1, 32)
    before = painted(given[0], network(*given))
    for number in range(4):
        changed = list(given)
        changed[number] = changed[number].roll(1, 0)
        assert not torch.allclose(painted(given[0], network(*changed)), before)


def test_colours_beyond_the_ends_come_back() -> None:
    """A colour that is beyond white still has a gradient."""
    network = PaintNetwork(1)
    torch.nn.init.constant_(network.last.bias, 3.0)
    colour, *_ = network(*inputs(1, 32))
    assert colour.max() == 1
    colour.mean().backward()
    assert network.last.bias.grad[:4].abs().min() > 0


def test_the_expression_has_the_length_that_is_measured() -> None:
    assert face_parts.LENGTH == paint.EXPRESSION


def test_what_lies_below_is_shifted() -> None:
    below = torch.zeros(1, 1, 32, 32)
    below[..., 10:14, 10:14] = 1
    shift = torch.tensor([3.0, -2.0]).view(1, 2, 1, 1).expand(1, 2, 32, 32)
    assert torch.allclose(paint.shifted(below, shift), below.roll((2, -3), (-2, -1)), atol=1e-4)
