"""Motion of a whole drawing: exact at the landmarks, still at the edges, no smears at shut eyes."""

import cv2
import numpy as np
import pytest
import torch
from reference_tools import load_reference, smooth_image

from module2_drawing.geometry.facing import FACING, LEAST_GAP, kept_apart, parted
from module2_drawing.geometry.landmark_motion import (
    below_chin,
    landmark_flow,
    move_image,
    with_border,
    with_lip_curves,
)
from module2_drawing.geometry.warping import spline_flow, spline_warp


@pytest.fixture(scope="module")
def marks():
    """Source and target landmarks of the reference, (1, 68, 2) px."""
    stored = load_reference("sparse_landmark_motion")
    return stored["landmarks_source"][None], stored["landmarks_target"][None]


def shut(source):
    """The source with its eyes all but shut."""
    target = source.clone()
    for upper, lower in FACING[:4]:
        middle = source[:, [upper, lower]].mean(1)
        target[:, upper], target[:, lower] = middle - torch.tensor([0, 0.2]), middle + torch.tensor([0, 0.2])
    return target


def test_a_border_holds_the_edges_still(marks):
    source, target = marks[0], marks[1] + torch.tensor([0.0, 12.0])
    free, held = spline_flow(source, target), landmark_flow(source, target)
    edges = [held[..., 0], held[..., -1], held[..., 0, :], held[..., -1, :]]
    assert free[:, 0].abs().max() > 4
    assert max(edge.abs().max() for edge in edges) < 2
    assert with_border(source, per_edge=2).shape == (1, 68 + 8, 2)
    for points in (source, target):
        assert torch.equal(with_border(points)[:, :68], points)


def test_landmarks_arrive(marks):
    source, target = marks
    flow = landmark_flow(source, target, stride=1)
    for index in (0, 8, 16, 30, 36, 48, 54, 57):
        x, y = target[0, index].round().long().tolist()
        arrived = torch.tensor([x, y]) + flow[0, :, y, x]
        assert (arrived - source[0, index]).abs().max() < 1.5


def test_it_is_the_spline_where_nothing_closes(marks):
    source = marks[0]
    target = source + torch.tensor([3.0, -2.0])
    image = smooth_image(torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(0)), (256, 256))
    moved = move_image(image, landmark_flow(source, target, stride=1))
    spline = spline_warp(image, with_border(source), with_border(target))
    # bicubic against bilinear
    assert (moved - spline).abs().max() < 0.1 and (moved - spline).abs().mean() < 0.005


def test_shut_eyes_do_not_smear(marks):
    source = marks[0]
    target = shut(source)
    free = spline_flow(with_border(source), with_border(target)).permute(0, 3, 1, 2)
    eased = landmark_flow(source, target)
    moved = (target - source).abs().max()
    assert free.abs().max() > 4 * moved
    assert eased.abs().max() < 1.7 * moved
    start, end = with_lip_curves(source), with_lip_curves(target)
    gaps = [
        kept_apart(start, end)[:, lower, 1] - kept_apart(start, end)[:, upper, 1] for upper, lower in FACING
    ]
    assert all((gap >= 0).all() for gap in gaps)
    assert torch.equal(kept_apart(start, start), start)
    assert torch.equal(parted(source, source), source)


def test_a_smile_that_closes_keeps_its_lips_and_loses_its_teeth():
    """Lips and what is between them; the lower half of the mouth moves up until the lips meet."""
    x = torch.linspace(-1, 1, 7)
    outer_up = torch.stack((128 + 40 * x, 150 - 6 * (1 - x**2)), 1)
    outer_down = torch.stack((128 + 40 * x, 150 + 26 * (1 - x**2)), 1).flip(0)
    inner_x = torch.tensor([-1.0, -0.4, 0, 0.4, 1])
    inner_up = torch.stack((128 + 36 * inner_x, 150 + 0 * inner_x), 1)
    inner_down = torch.stack((128 + 36 * inner_x, 150 + 16 * (1 - inner_x**2)), 1).flip(0)
    mouth = torch.cat((outer_up, outer_down[1:6], inner_up, inner_down[1:4]))
    source = load_reference("sparse_landmark_motion")["landmarks_source"][None].clone()
    source[0, 48:] = mouth
    target = source.clone()
    target[0, 65:68] = source[0, 61:64].flip(0)
    target[0, 55:60, 1] -= torch.tensor([9.0, 13, 16, 13, 9])
    inside = inside_of(torch.cat((inner_up, inner_down[1:4])))
    lips = inside_of(torch.cat((outer_up, outer_down[1:6]))) * (1 - inside)
    moved = move_image(torch.cat((inside, lips), 1), landmark_flow(source, target))
    left = float(moved[:, 0].sum()) / float(inside.sum())
    assert left < 0.28
    # Each lip is about as thick in the middle as it was; without care for them the upper one doubles.
    thick = lips[0, 0, :, 128].sum(), moved[0, 1, :, 128].sum()
    assert 0.75 < float(thick[1] / thick[0]) < 1.25


def inside_of(outline: torch.Tensor) -> torch.Tensor:
    """A filled polygon (N, 2) px as a (1, 1, 256, 256) mask."""
    mask = np.zeros((256, 256), np.float32)
    cv2.fillPoly(mask, [outline.round().numpy().astype(np.int32)], 1.0)
    return torch.from_numpy(mask)[None, None]


def test_eyes_that_meet_stay_shut(marks):
    """Coinciding lids behave as almost shut ones: nothing turns over."""
    source = marks[0]
    target = shut(source)
    for upper, lower in FACING[:4]:
        target[:, [upper, lower]] = target[:, [upper, lower]].mean(1, keepdim=True)
    gap = parted(source, target)[:, 41, 1] - parted(source, target)[:, 37, 1]
    assert torch.allclose(gap, torch.tensor(LEAST_GAP), atol=1e-4)
    assert (landmark_flow(source, target) - landmark_flow(source, shut(source))).abs().max() < 2


def test_a_batch_equals_its_parts(marks):
    source, target = marks
    both = landmark_flow(source, torch.cat((target, shut(source))))
    assert torch.allclose(both[:1], landmark_flow(source, target), atol=1e-4)
    assert torch.allclose(both[1:], landmark_flow(source, shut(source)), atol=1e-4)


def test_paper_beside_a_line_stays_paper():
    image = torch.ones(1, 1, 256, 256)
    image[..., 100:103] = -1
    flow = torch.full((1, 2, 256, 256), 0.4)
    moved = move_image(image, flow)
    assert float(moved[..., 128, 97:106].min()) < -0.9
    assert bool((moved[..., :98] == 1).all()) and bool((moved[..., 105:] == 1).all())


def test_bilinear_lines_are_softer():
    image = torch.ones(1, 1, 64, 64)
    image[..., 26:32] = -1
    flow = torch.full((1, 2, 64, 64), 0.3)
    crisp, soft = (move_image(image, flow, mode)[0, 0, 32] for mode in ("bicubic", "bilinear"))
    assert float((crisp[1:] - crisp[:-1]).square().sum()) > float((soft[1:] - soft[:-1]).square().sum())


def test_a_chin_that_comes_down_to_the_edge_does_not_fold(marks):
    source = marks[0] + torch.tensor([0.0, 240.0]) - marks[0][:, 8:9] * torch.tensor([0.0, 1.0])
    target = source + torch.tensor([0.0, 16.0])
    flow = landmark_flow(source, target)[0]
    rows = torch.arange(256.0)[:, None] + flow[1]  # where each pixel of the target was
    x = round(float(source[0, 8, 0]))
    assert (rows[200:, x - 20 : x + 20].diff(dim=0) > 0).all()
    assert float(below_chin(source)[0]) > 255 and float(below_chin(source - 100)[0]) == 255
