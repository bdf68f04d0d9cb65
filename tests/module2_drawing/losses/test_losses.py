"""Each loss against its formula, its batch against its items, and its gradient against differences."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from reference_tools import fill_weights, load_reference
from torch import nn

from module2_drawing import losses
from module2_drawing.geometry.warping import spline_warp
from module2_drawing.losses.windows import cut_windows
from module2_drawing.networks import SphereFace20
from module2_drawing.rendering.underlay import moved_drawing


def images(batch, channels=1, size=32, seed=0):
    noise = torch.rand(batch, channels, size // 4, size // 4, generator=torch.Generator().manual_seed(seed))
    return F.interpolate(noise * 2 - 1, (size, size), mode="bicubic").clamp(-1, 1)


@pytest.fixture(scope="module")
def poses():
    """(2, 68, 2) px of 32²: two faces; and both a little moved."""
    face = load_reference("sparse_landmark_motion")["landmarks_source"].float().view(1, 68, 2) / 8
    both = torch.cat((face, face * 0.97 + 0.3))
    return both, both + torch.tensor([0.6, -0.4])


def assert_gradient(function, image, step=1e-2):
    """The directional derivative along the gradient equals the difference quotient."""
    image = image.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(function(image), image)
    assert float(gradient.norm()) > 0
    direction = gradient / gradient.norm()
    with torch.no_grad():
        quotient = (function(image + step * direction) - function(image - step * direction)) / (2 * step)
    assert float(quotient) == pytest.approx(float(gradient.norm()), rel=0.02)


def test_least_squares_and_cross_entropy():
    scores = torch.tensor([[0.5, -1.0], [2.0, 1.0]])
    assert float(losses.gan_loss(scores, True)) == pytest.approx((0.25 + 4 + 1 + 0) / 4)
    assert float(losses.gan_loss(scores, False)) == pytest.approx((0.25 + 1 + 4 + 1) / 4)
    wanted = -torch.log(torch.sigmoid(scores)).mean()
    assert float(losses.gan_loss(scores, True, "vanilla")) == pytest.approx(float(wanted))


def test_discriminator_counts_real_as_much_as_all_fakes():
    real, fakes = torch.full((1, 1), 0.5), [torch.zeros(1, 1, requires_grad=True), torch.full((1, 1), 2.0)]
    loss = losses.discriminator_loss(lambda scores: scores, real, fakes)
    assert float(loss) == pytest.approx((0.25 + (0 + 4) / 2) / 2)
    assert not loss.requires_grad  # fakes are cut off from their generator
    assert losses.generator_loss(lambda scores: scores, fakes).item() == pytest.approx(1 + 1)


def test_coherence_discriminator_counts_every_kind_alike():
    real, fakes = torch.full((1, 1), 0.5), [torch.zeros(1, 1), torch.full((1, 1), 2.0)]
    loss = losses.coherence_discriminator_loss(lambda scores: scores, real, fakes)
    assert float(loss) == pytest.approx((0.25 + 0 + 4) / 3)


@pytest.mark.parametrize(
    ("kind", "channels", "outside"), [(0, 1, -1.0), (1, 1, 1.0), (2, 2, None), (3, 2, 1.0)]
)
def test_masked(kind, channels, outside):
    drawing, mask = images(2), torch.zeros(2, 1, 32, 32)
    mask[..., 8:20, 8:20] = 1
    seen = losses.masked(drawing, mask, kind)
    assert seen.shape == (2, channels, 32, 32)
    assert torch.allclose(seen[:, :1, 8:20, 8:20], drawing[..., 8:20, 8:20], atol=1e-6)
    if outside is not None:
        assert torch.allclose(seen[:, 0, :8], torch.tensor(outside))
    if channels == 2:
        assert torch.equal(seen[:, 1:], mask)
    assert_gradient(lambda image: losses.masked(image, mask, kind).square().mean(), drawing)


def test_content_truth_is_warped_or_true(poses):
    static, truth = images(2), images(2, seed=1)
    moved = losses.spline_moved(static, *poses, stride=1)
    found = losses.content_truth(moved, truth, torch.tensor([0.0, 1.0]))
    assert torch.allclose(found[0], spline_warp(static, *poses)[0], atol=1e-5)
    assert torch.equal(found[1], truth[1])
    assert float((found[0] - static[0]).abs().mean()) > 1e-3
    assert float(losses.content_loss(static, found)) == pytest.approx(float((static - found).abs().mean()))


def test_smoothly_moved_drawings_follow_the_landmarks_and_keep_their_edges(poses):
    start, target = (points * 8 for points in poses)
    static = torch.ones(2, 1, 256, 256)
    for image, points in zip(static, start, strict=True):
        for x, y in points[27:36].round().long():
            image[0, y - 2 : y + 3, x - 2 : x + 3] = -1
    found = moved_drawing(static, start, target)
    near = target[:, 27:36].round().long()
    for image, points in zip(found, near, strict=True):
        assert float(image[0, points[:, 1], points[:, 0]].mean()) < -0.5
    assert torch.allclose(found[..., 0, :], static[..., 0, :], atol=1e-3)


def test_interframe_loss_is_zero_for_a_warped_frame(poses):
    first = images(2)
    second = spline_warp(first, *poses)
    assert float(losses.interframe_loss(first, second, *poses, stride=1)) < 1e-6
    first.requires_grad_(True)
    loss = losses.interframe_loss(first, images(2, seed=3).requires_grad_(True), *poses)
    loss.backward()
    assert first.grad is None and float(loss) > 0.05
    start = second + 0.3 * images(2, seed=4)
    assert_gradient(lambda image: losses.interframe_loss(first, image, *poses), start, step=1e-4)


def test_frame_pair_stacks_channels():
    assert losses.frame_pair(images(2, 3), images(2, 3)).shape == (2, 6, 32, 32)


def test_geometry_loss_weighs_lips(poses):
    found = poses[0].clone()
    found[:, 0, 0] += 8  # a jaw point
    found[:, 50, 1] += 4  # a lip point
    size = 32
    jaw, lip = (8 / size) ** 2 / (48 * 2), (4 / size) ** 2 / (20 * 2)
    assert float(losses.geometry_loss(found, poses[0], size, 2.0)) == pytest.approx(jaw + 2 * lip, rel=1e-4)
    flat = ((8 / size) ** 2 + (4 / size) ** 2) / (68 * 2)
    assert float(losses.geometry_loss(found, poses[0], size)) == pytest.approx(flat, rel=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
def test_landmarks_are_found_in_the_window(channels):

    def network(face):
        # Stands in for a landmark net: 136 numbers in [0, 1] that depend on every channel and place.
        weights = torch.tensor([0.5, 0.3, 0.2]).view(1, 3, 1, 1)
        return F.adaptive_avg_pool2d((face * weights).sum(1), (8, 17)).flatten(1)

    drawing = images(2, channels, 256)
    windows = torch.tensor([[38, 217, 51, 230], [30, 209, -10, 169]])
    with torch.no_grad():
        found = losses.find_landmarks(network, drawing, windows)
        box = torch.ones(1, channels, 179, 179)
        box[:, :, 10:] = drawing[1:, :, 0:169, 30:209]
        face = box[:, [2, 1, 0]] if channels == 3 else box.repeat(1, 3, 1, 1)
        face = F.interpolate(face, (112, 112), mode="bicubic", align_corners=False)
        single = network((face + 1) / 2).view(68, 2) * 179 + torch.tensor([30, -10])
    # The windows' own borders are all that may differ: there the frame goes on.
    assert torch.allclose(found[1], single, atol=0.3)
    assert found.shape == (2, 68, 2)


def test_windows_are_cut_as_interpolate_cuts_them():
    image = images(2, 3, 64)
    windows = torch.tensor([[4, 60, 8, 50], [0, 64, 0, 64]])
    for mode, align in (("bilinear", True), ("bilinear", False)):
        cut = cut_windows(image, windows, (20, 16), mode, align)
        inner = F.interpolate(image[:1, :, 8:50, 4:60], (20, 16), mode=mode, align_corners=align)
        assert torch.allclose(cut[:1], inner, atol=1e-4)
    outside = cut_windows(image, torch.tensor([[-90, -30, 0, 40]] * 2), (8, 8), "bilinear", False)
    assert torch.allclose(outside, torch.ones(()))
    assert_gradient(lambda x: cut_windows(x, windows, (20, 16), "bicubic", False).square().mean(), image)


def test_lip_line_mask_follows_the_lips():
    landmarks = load_reference("sparse_landmark_motion")["landmarks_source"].float().view(1, 68, 2)
    mask = losses.lip_line_mask(torch.cat((landmarks, landmarks + 40)), 256)
    assert mask.shape == (2, 1, 256, 256) and set(mask.unique().tolist()) == {0.0, 1.0}
    corners = landmarks[0, 48:].round().long()
    assert mask[0, 0, corners[:, 1], corners[:, 0]].all()
    assert torch.equal(mask[0, 0, :200, :200], mask[1, 0, 40:240, 40:240])
    _, x = np.nonzero(mask[0, 0].numpy())
    lips = landmarks[0, 48:].numpy()
    assert x.min() > lips[:, 0].min() - 2 and x.max() < lips[:, 0].max() + 2
    assert 60 < len(x) < 900
    assert losses.lip_line_mask(landmarks + 400, 256).sum() == 0


def test_lip_line_loss_is_lightness_on_the_lines():
    drawing, mask = images(2), torch.zeros(2, 1, 32, 32)
    mask[:, :, 10] = 1
    expected = float((drawing[:, :, 10] + 1).sum()) / drawing.numel()
    assert float(losses.lip_line_loss(drawing, mask)) == pytest.approx(expected, rel=1e-5)
    assert float(losses.lip_line_loss(torch.full_like(drawing, -1.0), mask)) == 0
    assert_gradient(lambda image: losses.lip_line_loss(image, mask), drawing)


def test_identity_loss_is_the_weighted_difference_of_features():
    network = fill_weights(SphereFace20())
    drawing, other = images(2, 1, 64), images(2, 1, 64, seed=1)
    windows = torch.tensor([[0, 64, 0, 64]] * 2)
    loss = losses.identity_loss(network, drawing, other, windows, windows)
    faces = [
        F.interpolate(i.repeat(1, 3, 1, 1), (112, 96), mode="bilinear", align_corners=True)
        for i in (drawing, other)
    ]
    with torch.no_grad():
        found, wanted = (network.features(face) for face in faces)
    weights = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)
    expected = sum(w * (f - o).abs().mean() for w, f, o in zip(weights, found, wanted, strict=True))
    assert float(loss) == pytest.approx(float(expected), rel=1e-3)
    assert float(losses.identity_loss(network, drawing, drawing, windows, windows)) < 1e-5
    single = [
        losses.identity_loss(network, drawing[i : i + 1], other[i : i + 1], windows[:1], windows[:1])
        for i in (0, 1)
    ]
    assert float(loss) == pytest.approx(float(sum(single)) / 2, rel=1e-4)


def test_batches_are_means_of_their_items(poses):
    first, second, mask = images(2), images(2, seed=1), (images(2, seed=2) > 0).float()
    judge = nn.Conv2d(1, 1, 3)
    cases = {
        "adversarial": lambda i: losses.generator_loss(judge, [first[i], second[i]]),
        "content": lambda i: losses.content_loss(first[i], second[i]),
        "interframe": lambda i: losses.interframe_loss(first[i], second[i], poses[0][i], poses[1][i]),
        "geometry": lambda i: losses.geometry_loss(poses[0][i], poses[1][i], 32, 2.0),
        "lip line": lambda i: losses.lip_line_loss(first[i], mask[i]),
    }
    for name, loss in cases.items():
        singles = [float(loss(slice(i, i + 1))) for i in (0, 1)]
        assert float(loss(slice(0, 2))) == pytest.approx(sum(singles) / 2, rel=1e-4), name
