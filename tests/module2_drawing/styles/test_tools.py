"""The tools that the styles share."""

import cv2
import numpy as np
import pytest

from module2_drawing.styles import _fields
from module2_drawing.styles._areas import details, flat_areas, minimise_gradients
from module2_drawing.styles._colour import BLACK, WHITE, soft_steps, to_rgb, to_tab
from module2_drawing.styles._kuwahara import anisotropic_kuwahara
from module2_drawing.styles._strokes import lattice, paint, ribbons

SHAPE = (64, 64)


def flow(degrees: float, shape: tuple[int, int] = SHAPE) -> tuple[np.ndarray, np.ndarray]:
    angle = np.radians(degrees)
    return np.full(shape, np.cos(angle), np.float32), np.full(shape, np.sin(angle), np.float32)


def test_colours_come_back() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    np.testing.assert_allclose(to_rgb(to_tab(rgb)) * 255, rgb, atol=1.2)
    ends = to_tab(np.uint8([[[0, 0, 0], [255, 255, 255]]]))[0, :, 0]
    np.testing.assert_allclose(ends, [BLACK, WHITE], atol=0.1)


def test_tones_weigh_shading_alike_on_dark_and_light() -> None:
    """A third of the light less: in T the step differs by less than a quarter, in L by more than a half."""
    linear = np.float32([[0.06, 0.04], [0.45, 0.30]])
    rgb = np.repeat((linear ** (1 / 2.2))[..., None], 3, 2)
    steps_t = np.ptp(to_tab(rgb)[..., 0], axis=1)
    steps_l = np.ptp(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0], axis=1)
    assert steps_t.max() / steps_t.min() < 1.25 < 1.5 < steps_l.max() / steps_l.min()


def test_soft_steps_are_continuous_steps() -> None:
    values = np.linspace(-20, 100, 12001)
    steps = soft_steps(values, 10, 0.4)
    np.testing.assert_allclose(steps[::1000], values[::1000], atol=1e-6)
    slope = np.diff(steps) / np.diff(values)
    assert slope.min() >= 0 and slope.max() < 3
    assert (
        np.abs(steps - 10 * np.round(values / 10)).mean()
        < 0.6 * np.abs(values - 10 * np.round(values / 10)).mean()
    )


@pytest.mark.parametrize("field", [lambda s: _fields.noise(s, 20, 5, 3), _fields.paper, _fields.canvas])
def test_fields_are_fixed_to_the_page(field) -> None:
    whole = field((512, 512))
    assert abs(whole.mean()) < 0.01 and abs(whole.std() - 1) < 0.01
    np.testing.assert_array_equal(field((100, 70)), whole[:100, :70])
    with pytest.raises(ValueError, match="read-only"):
        whole[0, 0] = 1


def test_l0_removes_noise_and_keeps_the_edge() -> None:
    step = np.where(np.arange(64) < 32, 0.2, 0.8).astype(np.float32)[None, :, None].repeat(64, 0).repeat(3, 2)
    noisy = step + np.random.default_rng(1).normal(0, 0.02, step.shape).astype(np.float32)
    flat = minimise_gradients(noisy, 0.01)
    assert np.abs(flat - step).max() < 0.03
    assert flat[:, :30].std() < 0.2 * noisy[:, :30].std()


def test_details_are_what_areas_lack() -> None:
    picture = np.full((64, 64, 3), 50, np.float32)
    picture[30:34, 20:44, 0] = 20
    picture[:, :, 1] = 10
    areas = np.full_like(picture, 50)
    areas[..., 1] = 10
    fine = details(picture, areas)
    assert fine[32, 32, 0] < -10
    assert np.abs(fine[:10]).max() < 1e-3 and np.abs(fine[..., 2]).max() < 1e-3


def test_flat_areas_of_odd_size() -> None:
    assert flat_areas(np.zeros((33, 51, 3), np.float32), 0.01).shape == (33, 51, 3)


def test_kuwahara_cleans_without_crossing_edges() -> None:
    step = np.where(np.arange(64) < 32, 0.2, 0.8).astype(np.float32)
    clean = np.repeat(np.broadcast_to(step, SHAPE)[..., None], 3, 2)
    noisy = clean + np.random.default_rng(2).normal(0, 0.03, clean.shape).astype(np.float32)
    result = anisotropic_kuwahara(noisy, flow(90), np.full(SHAPE, 0.8, np.float32), 5)
    assert np.abs(result - clean).mean() < 0.5 * np.abs(noisy - clean).mean()
    assert np.abs(result[8:-8, 29:35] - clean[8:-8, 29:35]).max() < 0.2


def test_kuwahara_leaves_flat_pictures() -> None:
    flat = np.full((40, 70, 3), 0.37, np.float32)
    result = anisotropic_kuwahara(flat, flow(20, (40, 70)), np.zeros((40, 70), np.float32), 6)
    np.testing.assert_allclose(result, flat, atol=1e-5)


def test_lattice_covers_the_page_and_does_not_move() -> None:
    one, other = lattice((100, 60), 10, 7), lattice((100, 60), 10, 7)
    np.testing.assert_array_equal(one.centres, other.centres)
    np.testing.assert_array_equal(one.dice, other.dice)
    cells = {tuple(cell) for cell in (one.centres // 10).astype(int).tolist()}
    assert cells == {(x, y) for x in range(6) for y in range(10)}


def test_ribbons_lie_along_the_flow() -> None:
    centres = np.float32([[32, 32], [20, 40]])
    outlines = ribbons(centres, np.float32([24, 24]), np.float32([6, 6]), flow(0))
    assert outlines.shape == (2, 14, 2)
    for centre, outline in zip(centres, outlines, strict=True):
        np.testing.assert_allclose(np.ptp(outline, axis=0), [24, 6], atol=0.1)
        np.testing.assert_allclose(outline.mean(0), centre, atol=0.5)


def test_paint_covers_what_it_outlines() -> None:
    canvas = np.zeros((64, 64, 4), np.uint8)
    outlines = ribbons(np.float32([[32, 32]]), np.float32([30]), np.float32([10]), flow(45))
    paint(canvas, outlines, np.array([[10, 20, 30, 40]]))
    assert canvas[32, 32].tolist() == [10, 20, 30, 40]
    assert canvas[24, 24].tolist() == [10, 20, 30, 40] and canvas[24, 40].tolist() == [0, 0, 0, 0]
    assert 0.6 * 300 < (canvas[..., 0] > 5).sum() < 300
