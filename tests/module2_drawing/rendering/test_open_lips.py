"""Open lips in lines: as they open further what is between them keeps its size, and below it is dark."""

import cv2
import numpy as np
import pytest
from drawing_data import standard_face

from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.geometry import mouth_opening
from module2_drawing.animator import STYLES
from module2_drawing.geometry.lattice_motion import PhotoMotion, pixels
from module2_drawing.rendering.at_rest import AtRest
from module2_drawing.rendering.backdrop import KEEP, Backdrop
from module2_drawing.rendering.layered import LayeredRenderer
from module2_drawing.rendering.open_lips import draw_opened, open_lips

SIZE = 512


def in_512(value: float) -> int:
    return round((value + 0.5) * SIZE / 256 - 0.5)


def rows_of(marks: np.ndarray) -> tuple[int, int, int]:
    """Column of the lips' middle, and rows of the gap's edges there."""
    return in_512(marks[62, 0]), in_512(marks[62, 1]), in_512(marks[66, 1])


def with_teeth(marks: np.ndarray) -> np.ndarray:
    """Strokes along lips that are parted, and the edge of teeth a third below the upper one; dark below."""
    drawing = np.full((SIZE, SIZE), 255, np.uint8)
    points = np.rint((marks + 0.5) * 2 - 0.5).astype(np.int32)
    edge = points[60:65] + np.rint((points[[60, 67, 66, 65, 64]] - points[60:65]) / 3).astype(np.int32)
    cv2.fillPoly(drawing, [np.concatenate((edge, points[65:68]))], 0)
    cv2.polylines(drawing, [points[60:68]], True, 0, 3)
    return drawing


def frames_of(face: AlignedFace, drawing: np.ndarray, marks: np.ndarray, targets: list) -> list[np.ndarray]:
    mask = np.ones((256, 256), np.uint8)
    renderer = LayeredRenderer(STYLES["drawing"], "checkpoints", "cpu", SIZE, Backdrop(KEEP))
    renderer.take(face, AtRest(drawing, mask, face.image, marks, False), SIZE)
    return [frame[..., 0] for frame in renderer.frames(np.stack(targets))]


def test_teeth_keep_their_size_as_a_mouth_opens_further(face: AlignedFace):
    rest = standard_face(16)
    targets = [rest, standard_face(21), standard_face(26)]
    paper = []
    for frame, marks in zip(frames_of(face, with_teeth(rest), rest, targets), targets, strict=True):
        x, top, low = rows_of(marks)
        column = frame[top : low + 1, x] < 128
        paper.append(int((~column).sum()))
        assert column[paper[-1] + 4 :].mean() > 0.9  # below the teeth it is dark, however far it opens
        assert frame[top + paper[-1] + 4 : low - 4, x].max() == 0  # without a seam
    assert paper[0] > 6 and np.abs(np.diff(paper)).max() <= 1


def test_what_shuts_is_narrower_between_lines_that_keep_their_size():
    rest, narrow = standard_face(16), standard_face(8)
    place, lips = PhotoMotion(rest).map(narrow, SIZE), open_lips(with_teeth(rest), rest, False)
    x, top, low = rows_of(narrow)
    assert lips is not None and lips.moved(place, narrow, SIZE) == ()
    steps = np.diff(place[top + 1 : low, x, 1])
    at_edges = np.concatenate((steps[:3], steps[-3:]))
    np.testing.assert_allclose(at_edges, 1, atol=0.3)
    assert steps.max() > 2 and abs(steps.sum() + 2 - np.ptp(rows_of(rest)[1:])) < 3


@pytest.mark.parametrize("more", [4, 16])
def test_below_teeth_left_as_paper_it_is_dark_as_the_mouth_opens_further(more):
    """Ink up to the lower lip; in wide mouths there is paper above that."""
    rest, opened = standard_face(16), standard_face(16 + more)
    drawing = np.full((SIZE, SIZE), 255, np.uint8)
    points = np.rint((rest + 0.5) * 2 - 0.5).astype(np.int32)
    cv2.polylines(drawing, [points[60:68]], True, 0, 3)
    lips = open_lips(drawing, rest, True)
    assert lips is not None
    moved = np.full((SIZE, SIZE), 128, np.uint8)
    draw_opened(moved, lips.moved(pixels(SIZE).copy(), opened, SIZE))
    x, top, low = rows_of(opened)
    ink, paper = np.flatnonzero(moved[:, x] < 64), np.flatnonzero(moved[:, x] > 200)
    assert abs(ink.min() - top - (rows_of(rest)[2] - rows_of(rest)[1])) < 6 and (np.diff(ink) == 1).all()
    assert more > 4 or moved.max() == 128  # edges of ink are between it and what is there
    assert (len(paper) > 6) == (more > 4) and abs(max(*ink, *paper) - low) < 7


def test_at_rest_nothing_is_moved():
    rest, place = standard_face(16), pixels(SIZE).copy()
    lips = open_lips(with_teeth(rest), rest, False)
    assert lips is not None and lips.moved(place, rest, SIZE) == ()
    assert np.abs(place - pixels(SIZE)).max() < 0.4  # beside the corners
    assert open_lips(with_teeth(rest), standard_face(1), False) is None


@pytest.mark.parametrize(("aside", "within"), [(-104.75, True), (-150, False), (150, False)])
def test_a_mouth_at_the_edge_of_the_frame(aside, within):
    rest = standard_face(16)
    lips = open_lips(with_teeth(rest), rest, True)
    target = standard_face(26) + (aside, 0)
    outlines = lips.moved(pixels(SIZE).copy(), target, SIZE)
    moved = np.full((SIZE, SIZE), 255, np.uint8)
    if within:
        draw_opened(moved, outlines)
    assert bool(outlines) == (moved.min() == 0) == within


def test_lips_that_shut_over_a_dark_gap_are_one_line(face: AlignedFace):
    """The middle of the mouth stayed on the line as a box until the lips had met there."""
    rest = standard_face(16)
    nearly = standard_face(0.03 * np.ptp(rest[[48, 54], 0]))
    assert mouth_opening(nearly) < 0.035
    drawing, lip = with_teeth(rest), np.rint((rest[60:65] + 0.5) * 2 - 0.5).astype(np.int32)
    cv2.polylines(drawing, [lip - (0, 3)], False, 0, 9)
    frame = frames_of(face, drawing, rest, [nearly])[0]
    _, top, low = rows_of(nearly)
    columns = frame[top - 20 : low + 20, in_512(nearly[60, 0]) : in_512(nearly[64, 0])] < 128
    assert 2 <= columns.sum(0).min() <= columns.sum(0).max() <= 7
