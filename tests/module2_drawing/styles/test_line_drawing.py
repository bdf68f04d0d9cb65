"""The line drawing: its ink, its lines' width, and the same ink on every skin."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage.data import astronaut
from skimage.morphology import skeletonize

from module2_drawing.styles import line_drawing
from module2_drawing.styles._grain import without_noise
from module2_drawing.styles._ink import INK_PEN, PENCIL, ink_lines


@pytest.fixture(scope="module")
def drawing() -> np.ndarray:
    return line_drawing.render(astronaut())


def test_amount_of_ink(drawing: np.ndarray) -> None:
    """Golden numbers: share of ink, in the picture and on the face; hardly any grey between."""
    ink = drawing < 128
    assert ink.mean() == pytest.approx(0.354, abs=0.01)
    assert ink[40:200, 150:310].mean() == pytest.approx(0.340, abs=0.02)
    assert ((drawing > 40) & (drawing < 215)).mean() < 0.02


def test_width_of_lines(drawing: np.ndarray) -> None:
    """Distance from the middle of the ink to its edge: pen strokes of some 5 px at 512²."""
    ink = drawing < 128
    middle = skeletonize(ink)
    half_width = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 5)[middle]
    assert 2.0 < np.median(half_width) < 3.6


def test_same_ink_on_every_skin(
    portrait: Callable[[tuple[int, int, int]], np.ndarray],
    skin_mask: np.ndarray,
    skins: dict[str, tuple[int, int, int]],
) -> None:
    coverage = [1 - line_drawing.render(portrait(skin))[skin_mask].mean() / 255 for skin in skins.values()]
    assert min(coverage) > 0.03
    assert max(coverage) - min(coverage) < 0.07


def test_light_is_divided_out() -> None:
    """A photo under 60 % of the light has the same lines."""
    bright = astronaut()
    dim = (bright.astype(np.float32) * 0.6).astype(np.uint8)
    lines = [line_drawing.render(image) < 128 for image in (bright, dim)]
    assert (lines[0] == lines[1]).mean() > 0.95


@pytest.mark.parametrize(("veil", "contrast"), [(110, 0.5), (60, 0.35)])
def test_faded_photos_keep_their_ink(veil: float, contrast: float, drawing: np.ndarray) -> None:
    """A grey veil over a photo takes no lines from it; without the correction half of them go."""
    faded = line_drawing.render((veil + contrast * astronaut()).astype(np.uint8))
    face = np.s_[40:200, 150:310]
    assert (faded[face] < 128).sum() > 0.7 * (drawing[face] < 128).sum()


def test_photos_with_dark_places_are_left_alone() -> None:
    lightness = np.linspace(0, 160, 4096).astype(np.uint8).reshape(64, 64)
    assert (line_drawing.without_haze(lightness) == lightness).all()


def test_grain_of_a_dark_backdrop_draws_nothing() -> None:
    """A lit disc before a dark wall: the disc's edge is drawn, the grain around it is not."""
    scene = cv2.circle(
        np.full((512, 512, 3), 24, np.uint8), (256, 256), 110, (190, 150, 130), -1, cv2.LINE_AA
    )
    noise = np.random.default_rng(5).normal(0, 8, scene.shape)
    grainy = np.clip(scene + noise, 0, 255).astype(np.uint8)
    clean, noisy = line_drawing.render(scene), line_drawing.render(grainy)
    wall = np.ones((512, 512), bool)
    wall[100:412, 100:412] = False
    assert (noisy[wall] < 128).mean() < 0.01
    ring = clean < 128
    assert (noisy[ring] < 128).mean() > 0.8


def test_photos_without_grain_are_left_alone(photo: np.ndarray) -> None:
    lightness = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)[..., 0]
    smooth = cv2.GaussianBlur(lightness, (0, 0), 1.0).astype(np.float32)
    assert without_noise(smooth, lightness, 1.0) is smooth


@pytest.mark.parametrize("pen", [INK_PEN, PENCIL])
def test_pens_of_the_coloured_styles_do_not_fill(pen: line_drawing.LineDrawingSettings) -> None:
    """A dark disc: solid ink in the line drawing, an outline from the pens."""
    disc = cv2.circle(np.full((512, 512, 3), 200, np.uint8), (256, 256), 15, (90, 90, 90), -1)
    disc[470:, 470:] = 0  # without dark places it would be a faded photo
    middle, outside = np.s_[252:261, 252:261], np.s_[:200, :200]
    lines = ink_lines(disc, pen)
    assert line_drawing.render(disc)[middle].max() < 10
    assert lines[middle].max() < 0.2 and lines[outside].max() < 0.1
    assert lines.max() > 0.8


def test_a_larger_photo_has_the_same_lines_with_cleaner_edges(drawing: np.ndarray) -> None:
    larger = line_drawing.render(cv2.resize(astronaut(), (1024, 1024), interpolation=cv2.INTER_CUBIC))
    ink, larger_ink = (1 - picture.mean() / 255 for picture in (drawing, larger))
    assert larger_ink == pytest.approx(ink, rel=0.1)  # lines are as wide, relative to the picture
    enlarged = cv2.resize(drawing, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    steepest = [np.abs(np.diff(picture.astype(float))).mean() for picture in (larger, enlarged)]
    grey = [((picture > 40) & (picture < 215)).mean() for picture in (larger, enlarged)]
    assert grey[0] < 0.8 * grey[1]
    assert steepest[0] < 1.2 * steepest[1]  # and there are no more of them


def test_lines_are_as_wide_at_every_size(portrait) -> None:
    """At 1024² and 256², relative to the picture; the black of the hair is left out."""
    large = cv2.resize(portrait((176, 127, 95)), (1024, 1024), interpolation=cv2.INTER_CUBIC)
    widths = []
    for size in (256, 1024):
        photo = cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA)
        face = slice(round(0.37 * size), round(0.8 * size)), slice(round(0.3 * size), round(0.7 * size))
        ink = line_drawing.render(photo)[face] < 128
        widths.append(ink.sum() / skeletonize(ink).sum() * 256 / size)
    assert 0.85 < widths[1] / widths[0] < 1.15


def test_pale_shading_is_no_ink_and_lines_stay() -> None:
    paper = np.ones((128, 128), np.float32)
    paper[60:63, 10:110] = 0  # a line
    paper[20:40, 20:60] = 0.4  # shading
    paper[90:93, 20:23] = 0  # a speck
    drawn = line_drawing.without_smudges(paper, 1.0)
    assert (drawn[60:63, 10:110] == 0).all()
    drawn[60:63, 10:110] = 1
    assert (drawn == 1).all()


def test_faces_have_no_smudges(
    portrait: Callable[[tuple[int, int, int]], np.ndarray], skins, skin_mask
) -> None:
    """Between ink and paper there is the edge of a line alone."""
    for skin in skins.values():
        drawing = line_drawing.render(portrait(skin))
        edges = cv2.dilate((drawing < 128).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        assert ((drawing < 250) & ~edges & skin_mask).sum() < 20
