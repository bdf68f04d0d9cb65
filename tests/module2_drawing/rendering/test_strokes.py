"""Strokes: all ink belongs to one, they come in a drawing's natural order, and their paths cover the ink."""

import re
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from drawing_data import standard_face

from module2_drawing.rendering.strokes import Strokes, intro, strokes_of, svg

SIZE = 256


@pytest.fixture(scope="module")
def strokes() -> Strokes:
    """A jaw, an eye, a lock of hair beside the head, and a black collar."""
    drawing, points = np.full((SIZE, SIZE), 255, np.uint8), standard_face()
    for line in (points[:17], points[36:40], [(30, 20), (60, 12), (90, 15)]):
        cv2.polylines(drawing, [np.round(line).astype(np.int32)], False, 0, 2, cv2.LINE_AA)
    cv2.circle(drawing, (230, 225), 16, 0, -1, cv2.LINE_AA)
    return strokes_of(drawing, points)


def test_natural_order(strokes: Strokes) -> None:
    points = standard_face().round().astype(int)
    jaw, eye = (strokes.times[y - 2 : y + 3, x - 2 : x + 3].min() for x, y in (points[8], points[37]))
    hair, collar = strokes.times[8:18, 50:70].min(), strokes.times[225, 230]
    assert 0 < jaw < eye < hair < collar <= 1


def test_it_comes_into_being(strokes: Strokes) -> None:
    frames = list(intro(strokes, 8))
    ink = [int((frame < 128).sum()) for frame in frames]
    assert len(frames) == 8 and ink[0] > 0 and ink == sorted(ink)
    np.testing.assert_array_equal(frames[-1][..., 0], strokes.drawing)
    assert strokes.shown(0).min() == 255


def test_paths(strokes: Strokes) -> None:
    """Filled, the corners of the paths are the drawing again."""
    root = ElementTree.fromstring(svg(strokes))
    paths = [path.attrib["d"] for path in root.iter() if path.tag.endswith("path")]
    assert len(paths) == len(strokes.order)
    filled = np.full((SIZE, SIZE), 255, np.uint8)
    for path in paths:
        for outline in filter(None, path.split("M")):
            numbers = np.array(re.findall(r"-?[\d.]+", outline), float).reshape(-1, 2)
            cv2.fillPoly(filled, [np.round(numbers).astype(np.int32)], 0)
    differ = (filled < 128) != (strokes.drawing < 128)
    assert differ.sum() < 0.35 * (strokes.drawing < 128).sum()


def test_blank_paper_has_no_strokes() -> None:
    blank = strokes_of(np.full((64, 64), 255, np.uint8), standard_face())
    assert len(blank.order) == 0 and svg(blank).count("<path") == 0
    assert next(intro(blank, 1)).min() == 255


def test_a_stroke_ends_round_while_it_is_drawn() -> None:
    drawing = np.full((SIZE, SIZE), 255, np.uint8)
    drawing[228:253] = 0
    strokes = strokes_of(drawing, standard_face())
    shown = strokes.shown(0.5) == 0
    reach = [np.nonzero(shown[row])[0].size for row in (240, 230)]
    assert 40 < reach[1] < reach[0] - 3
    assert (strokes.shown(1.0) == drawing).all()


def test_greys_of_a_pencil_stay_greys() -> None:
    drawing = np.full((SIZE, SIZE), 255, np.uint8)
    for number, grey in enumerate((90, 140, 190)):
        cv2.circle(drawing, (50 + 75 * number, 128), 30, grey, -1)
    paths = re.findall(r'fill="(#\w+)" d="([^"]+)"', svg(strokes_of(drawing, standard_face())))
    shown = np.full((SIZE, SIZE), 255, np.uint8)
    for colour, path in paths:
        for outline in filter(None, path.split("M")):
            numbers = np.array(re.findall(r"-?[\d.]+", outline), float).reshape(-1, 2)
            grey = int(colour[1:3], 16) if len(colour) > 4 else 17 * int(colour[1], 16)
            cv2.fillPoly(shown, [np.round(numbers).astype(np.int32)], grey)
    assert np.abs(shown[128, [50, 125, 200]] - np.array((90, 140, 190))).max() < 30
    assert (shown == 255).mean() > 0.8
