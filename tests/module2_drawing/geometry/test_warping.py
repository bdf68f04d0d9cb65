import pytest
import torch
from reference_tools import assert_matches, load_reference, smooth_image, unpack_bits
from scipy.interpolate import LinearNDInterpolator

from module2_drawing.geometry.warping import (
    frame_corners,
    landmark_discs,
    landmark_maps,
    sparse_motion_grid,
    spline_flow,
    spline_warp,
    warp_by_flow,
    warp_by_grid,
)


@pytest.fixture(scope="module")
def marks():
    """Source and target landmarks of the reference, (1, 68, 2) px."""
    stored = load_reference("sparse_landmark_motion")
    return stored["landmarks_source"][None], stored["landmarks_target"][None]


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def identity_grid(size):
    axis = torch.linspace(-1, 1, size)
    return torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)[None]


def awkward_targets(target):
    """Degenerate frames: all on a point, on a line, doubled, outside, on the border, partly not numbers."""
    on_line = target.clone()
    on_line[..., 1] = 100
    doubled = target.clone()
    doubled[:, 34:] = doubled[:, :34]
    broken = target.clone()
    broken[:, ::5] = torch.nan
    broken[:, 1::9, 0] = torch.inf
    border = target.clone()
    border[:, :17, 0] = 0
    border[:, 17:27, 1] = 255
    frames = [
        target * 0 + 77.3,
        on_line,
        doubled,
        target + 90,
        target * 1e9,
        border,
        broken,
        target * torch.nan,
    ]
    return torch.cat(frames)


def test_landmark_maps_reference(marks):
    stored = load_reference("sparse_landmark_motion")
    for end, landmarks in zip(("source", "target"), marks, strict=True):
        expected = unpack_bits(stored[f"landmark_map_{end}"], 1, 1, 256, 256) * 2 - 1
        assert torch.equal(landmark_maps(landmarks), expected)


def test_landmark_map_at_and_beyond_the_border():
    landmarks = torch.tensor([[[0.0, 0.0], [300.0, 5.0], [torch.nan, 9.0], [1e30, -1e30]]])
    dots = landmark_maps(landmarks, size=32)[0, 0] > 0
    y, x = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    assert torch.equal(dots, x**2 + y**2 <= 9)


def test_landmark_discs_by_their_definition(marks):
    landmarks = torch.cat((marks[0] + 0.37, marks[1] - 60))
    y, x = torch.meshgrid(torch.arange(224.0), torch.arange(224.0), indexing="ij")
    centres = landmarks * (224 / 256)
    distance = (x - centres[..., 0, None, None]) ** 2 + (y - centres[..., 1, None, None]) ** 2
    assert torch.equal(landmark_discs(landmarks), (distance <= 16).float())


def test_sparse_motion_reference(marks):
    expected = load_reference("sparse_landmark_motion")["motion_grid"]
    assert_matches(sparse_motion_grid(*marks)[0, ::3, ::3], expected)


def test_sparse_motion_of_a_batch(marks):
    source, target = marks
    targets = torch.cat((target, target + noise(2, 68, 2) * 4))
    together = sparse_motion_grid(source, targets)
    for i in range(3):
        assert torch.equal(together[i : i + 1], sparse_motion_grid(source, targets[i : i + 1]))


def test_sparse_motion_against_scipy(marks):
    source, target = marks[0], marks[1] + noise(1, 68, 2) * 6
    corners = frame_corners(256)
    y, x = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    interpolate = LinearNDInterpolator(torch.cat((target[0], corners)), torch.cat((source[0], corners)))
    expected = torch.from_numpy(interpolate(x, y)).float() * (2 / 255) - 1
    torch.testing.assert_close(sparse_motion_grid(source, target)[0], expected, atol=1e-4, rtol=0)


def test_no_motion_is_the_identity(marks):
    source, _ = marks
    torch.testing.assert_close(sparse_motion_grid(source, source), identity_grid(256), atol=1e-6, rtol=0)
    assert spline_flow(source, source).abs().max() < 1e-6


def test_degenerate_landmarks_never_give_nan(marks):
    source, target = marks
    targets = awkward_targets(target)
    for a, b in ((source, targets), (targets, target)):
        assert torch.isfinite(sparse_motion_grid(a, b)).all()
        assert torch.isfinite(spline_flow(a, b, stride=8)).all()
        assert torch.isfinite(spline_warp(noise(1, 1, 256, 256), a, b, stride=8)).all()
    lost = targets[-1:]
    torch.testing.assert_close(sparse_motion_grid(source, lost), identity_grid(256), atol=1e-6, rtol=0)
    assert spline_flow(source, lost).abs().max() < 1e-6


def test_landmarks_that_are_not_numbers_are_left_out(marks):
    source, target = marks
    broken = target.clone()
    broken[:, 60:] = torch.nan
    expected = sparse_motion_grid(source[:, :60], target[:, :60])
    torch.testing.assert_close(sparse_motion_grid(source, broken), expected)
    expected = spline_flow(source[:, :60], target[:, :60], stride=4)
    torch.testing.assert_close(spline_flow(source, broken, stride=4), expected, atol=1e-4, rtol=0)


def test_spline_reference(marks):
    stored = load_reference("spline_warp")
    image = smooth_image(load_reference("generator_drawing")["photo"][:1], (256, 256))
    flow = spline_flow(*marks)
    assert (flow[:, ::3, ::3] - stored["dense_flow"]).abs().max() <= 0.01
    assert_matches(spline_warp(image, *marks)[..., ::3, ::3], stored["warped"])


def test_spline_passes_through_its_points():
    target = torch.tensor([[[60.0, 80.0], [120.0, 90.0], [100.0, 200.0], [104.0, 200.0]]])
    source = target + torch.tensor([[3.0, -5.0], [0.0, 4.0], [-6.0, 2.0], [5.0, 1.0]])
    flow = spline_flow(source, target)[0]
    for point, origin in zip(target[0].long(), source[0], strict=True):
        torch.testing.assert_close(flow[point[1], point[0]], (point - origin).flip(0), atol=1e-3, rtol=0)
    assert flow[[0, 0, -1, -1], [0, -1, 0, -1]].abs().max() < 1e-3


def test_corners_among_the_points_count_once(marks):
    corners = frame_corners(256)[None]
    with_corners = [torch.cat((points, corners), 1) for points in marks]
    torch.testing.assert_close(spline_flow(*with_corners), spline_flow(*marks), atol=1e-4, rtol=0)


@pytest.mark.parametrize(("size", "stride"), [(256, 4), (128, 3), (100, 7)])
def test_coarse_spline_is_exact_at_its_nodes(marks, size, stride):
    source, target = (points * (size / 256) for points in marks)
    fine, coarse = spline_flow(source, target, size), spline_flow(source, target, size, stride)
    assert coarse.shape == fine.shape
    at_nodes = (slice(None), slice(None, None, stride), slice(None, None, stride))
    torch.testing.assert_close(coarse[at_nodes], fine[at_nodes], atol=1e-3, rtol=0)
    assert (coarse - fine).abs().mean() < 0.2


def test_spline_of_a_batch(marks):
    source, target = marks
    targets = torch.cat((target, target + noise(2, 68, 2)))
    image = noise(1, 2, 256, 256)
    together = spline_warp(image, source, targets, stride=4)
    assert together.shape == (3, 2, 256, 256)
    for i in range(3):
        single = spline_warp(image, source, targets[i : i + 1], stride=4)
        torch.testing.assert_close(together[i : i + 1], single, atol=1e-3, rtol=0)


def test_flow_warp_is_minus_one_where_masked():
    mask = torch.ones(1, 1, 32, 32)
    mask[..., :16, :] = 0
    warped = warp_by_flow(noise(1, 3, 8, 8), torch.zeros(1, 2, 32, 32), mask)
    assert torch.equal(warped[:, :, :4], torch.full((1, 3, 4, 8), -1.0))
    assert not (warped[:, :, 4:] == -1).any()


def test_flow_warp_samples_without_aligned_corners():
    features = noise(1, 3, 8, 8)
    warped = warp_by_flow(features, torch.zeros(1, 2, 8, 8), torch.ones(1, 1, 8, 8))
    # Pixel 4 is read at 4 · 8/7 − 0.5 in x and in y: between pixels 4 and 5.
    part = 4 * 8 / 7 - 0.5 - 4
    rows = features[0, :, 4, 4:6] * (1 - part) + features[0, :, 5, 4:6] * part
    expected = rows[:, 0] * (1 - part) + rows[:, 1] * part
    torch.testing.assert_close(warped[0, :, 4, 4], expected)


def test_flow_warp_scales_the_flow_with_the_features():
    ramp = torch.arange(64.0).expand(1, 1, 64, 64) - 31.5
    flow = torch.zeros(1, 2, 256, 256)
    flow[:, 0] = 8.0
    mask = torch.ones(1, 1, 256, 256)
    moved = warp_by_flow(ramp, flow, mask) - warp_by_flow(ramp, flow * 0, mask)
    # 8 px at 256 are 2 px at 64, sampled on the grid that is 64/63 as wide.
    torch.testing.assert_close(moved[0, 0, 8:-8, 8:-8], torch.full((48, 48), 2 * 64 / 63), atol=1e-4, rtol=0)


def test_grid_warp_broadcasts_and_resizes():
    image, grid = noise(1, 3, 32, 32), identity_grid(128).repeat(2, 1, 1, 1)
    warped = warp_by_grid(image, grid, align_corners=True)
    torch.testing.assert_close(warped, image.expand(2, -1, -1, -1), atol=1e-4, rtol=0)


def test_warps_keep_bfloat16_and_pass_gradients(marks):
    image = noise(1, 2, 64, 64).bfloat16().requires_grad_()
    grid, flow, mask = identity_grid(64) * 0.9, noise(1, 2, 64, 64), torch.ones(1, 1, 64, 64)
    source, target = (points / 4 for points in marks)
    with torch.autocast("cpu", torch.bfloat16):
        results = (
            warp_by_grid(image, grid),
            warp_by_flow(image, flow, mask),
            spline_warp(image, source, target),
        )
    for result in results:
        assert result.dtype == torch.bfloat16
        (gradient,) = torch.autograd.grad(result.float().square().sum(), image)
        assert gradient.abs().sum() > 0
