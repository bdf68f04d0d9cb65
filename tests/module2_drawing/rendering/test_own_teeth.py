"""Painted mouths of photos that show teeth: they keep their size, lips shut over them."""

import cv2
import numpy as np
import pytest
from drawing_data import standard_face

from module1_audio2lmk.foundation.face.geometry import mouth_opening
from module2_drawing.rendering.bare_lips import bare_lips, painted, with_bare_lips
from module2_drawing.rendering.lip_shapes import PLACES, at_places
from module2_drawing.rendering.mouth import mouth_overlay
from module2_drawing.rendering.oral_cavity import OralCavity, drawn

SKIN, LIP, IVORY = (190, 140, 110), (150, 70, 70), (235, 230, 220)
WIDTH = float(np.ptp(standard_face()[[48, 54], 0]))


def smile() -> tuple[np.ndarray, np.ndarray]:
    """A drawing (512, 512, 3) of lips around teeth with a mark on them, and landmarks (68, 2) px of 256."""
    marks = standard_face(0.2 * WIDTH)
    drawing, points = np.full((512, 512, 3), SKIN, np.uint8), np.round(2 * marks + 0.5).astype(np.int32)
    for ring, colour in ((points[48:60], LIP), (points[60:68], IVORY)):
        cv2.fillPoly(drawing, [ring], colour)
    x, y = points[[62, 66]].mean(0).astype(int)
    drawing[y - 1 : y + 2, x - 6 : x + 7] = (0, 0, 255)
    return drawing, marks


def cavity() -> OralCavity:
    drawing, marks = smile()
    return drawn(drawing, drawing, marks.astype(np.float32), lambda seen: seen)


def frame(opening: float) -> tuple[np.ndarray, np.ndarray]:
    """The smile with another opening, (512, 512, 3) uint8, its rows moved with the lips; landmarks."""
    drawing, marks = smile()
    source, target = 2 * marks + 0.5, 2 * standard_face(opening * WIDTH) + 0.5
    openings = float(mouth_opening(marks)), float(mouth_opening(target))
    colours, opacity = mouth_overlay(openings[0], target, 512, 3, cavity=cavity())
    bare = with_bare_lips(drawing, bare_lips(drawing, source), source, openings, own=True)
    (top, low), (above, under) = target[[62, 66], 1], source[[62, 66], 1]
    rows = np.interp(np.arange(512), [top - 99, top, low, low + 99], [above - 99, above, under, under + 99])
    across, down = np.meshgrid(np.arange(512, dtype=np.float32), rows.astype(np.float32))
    below = cv2.remap(bare, across, down, cv2.INTER_LINEAR)
    over = (colours.transpose(1, 2, 0) + 1) * 127.5
    return np.rint(below + opacity[0][..., None] * (over - below)).astype(np.uint8), target


def test_teeth_are_not_stretched_with_the_gap():
    places = []
    for opening in (0.2, 0.3, 0.5):
        shown, target = frame(opening)
        column = shown[:, round(float(target[62, 0]))].astype(int)
        blue = np.nonzero((column[:, 2] > 200) & (column[:, 0] < 90))[0]
        places.append((blue.mean() - target[62, 1], len(blue)))
    (down, high), *others = places
    assert high == 3
    for other, height in others:
        assert abs(other - down) < 1.5 and 2 <= height <= 4


def test_at_rest_the_drawing_is_left_as_it_is():
    drawing, _ = smile()
    changed = (frame(0.2)[0] != drawing).any(2)
    assert not changed[200:].any()


@pytest.mark.parametrize("opening", [0.06, 0.04, 0.02, 0.0])
def test_no_tooth_is_left_outside_of_lips_that_shut(opening):
    shown, target = frame(opening)
    light = shown.min(2) > 150
    inside = np.zeros((512, 512), np.uint8)
    cv2.fillPoly(inside, [np.round(target[60:68]).astype(np.int32)], 1)
    beside = light & (cv2.dilate(inside, np.ones((5, 5), np.uint8)) == 0)
    left = np.count_nonzero(beside) / np.count_nonzero(smile()[0].min(2) > 150)
    assert left < 0.02 and light.any() == (opening > 0.03)


def test_bare_lips_have_the_grain_of_the_paint_and_no_ink():
    drawing, marks = smile()
    points, grain = 2 * marks + 0.5, np.random.default_rng(0).normal(0, 6, (512, 512, 1))

    def draw(picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        seen = picture + grain[:height, :width]
        seen[:, width // 2 - 1 : width // 2 + 2] = 0
        return seen.clip(0, 255).astype(np.uint8)

    flat = bare_lips(drawing, points)
    bare = painted(flat, drawing, drawing, points, draw)
    x, top, low = (int(v) for v in (points[62, 0], points[62, 1], points[66, 1]))
    part, before = (seen[top + 3 : low - 3, x - 30 : x + 31].astype(int) for seen in (bare, flat))
    assert before.std((0, 1)).max() < 12 and part.std((0, 1)).min() > 4
    assert part.sum(2).min() > 0.6 * before.sum(2).min()
    far = np.ones((512, 512), bool)
    far[int(points[48:68, 1].min()) - 60 : int(points[48:68, 1].max()) + 60] = False
    assert (bare == drawing)[far].all()


def test_values_along_lips():
    values, across = PLACES**3, np.linspace(-1.3, 1.3, 50, dtype=np.float32)[None]
    assert np.abs(at_places(values, across) - np.interp(across, PLACES, values)).max() < 0.02
    assert at_places(np.stack((values, values), 1), across).shape == (1, 50, 2)
