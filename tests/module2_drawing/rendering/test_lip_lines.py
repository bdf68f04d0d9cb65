"""Parted lips are two strokes around paper; noses of pale photos are as dark as those of others."""

import cv2
import numpy as np
import pytest
from drawing_data import standard_face

from module2_drawing.rendering.at_rest import DrawingAtRest
from module2_drawing.rendering.lip_lines import parted, shows_teeth
from module2_drawing.rendering.nose_contrast import clear_nose

PEN, TEETH = (1.0, 1.0), (245, 240, 230)


def of_512(landmarks: np.ndarray) -> np.ndarray:
    return (landmarks + 0.5) * 2 - 0.5


def face(gap: tuple[int, int, int], opening: float = 12) -> tuple[np.ndarray, np.ndarray]:
    """A face of 512² with parted lips and such a tone between them, and its landmarks, px of 256."""
    landmarks = standard_face(opening)
    photo = np.full((512, 512, 3), (224, 190, 170), np.uint8)
    for points, tone in ((landmarks[48:60], (190, 90, 90)), (landmarks[60:68], gap)):
        cv2.fillPoly(photo, [of_512(points).round().astype(np.int32)], tone, cv2.LINE_AA)
    return cv2.GaussianBlur(photo, (0, 0), 1.5), landmarks


@pytest.mark.parametrize("size", [512, 768])
def test_teeth_are_paper_between_two_strokes(size):
    photo, landmarks = face(TEETH)
    x, top, low = (
        round(float(v) * size / 256) for v in (landmarks[62, 0], landmarks[62, 1], landmarks[66, 1])
    )
    drawing = np.full((size, size), 255, np.uint8)
    drawing[top - 2 : low + 2, x : x + 3] = 0  # the edge of a tooth
    drawing[: top // 2] = 0  # hair
    lips = parted(drawing, photo, landmarks, PEN)
    assert (lips[: top // 2] == 0).all()
    column = lips[top - 8 : low + 8, x + 1] < 128
    starts = np.nonzero(np.diff(column.astype(int)) == 1)[0] + 1 + top - 8
    assert len(starts) == 2 and abs(starts[0] - top) < 6 and abs(starts[1] - low) < 6
    assert column.mean() < 0.5


def test_teeth_are_lighter_than_lips():
    assert shows_teeth(*face(TEETH))
    assert not shows_teeth(*face((60, 30, 30)))
    assert not shows_teeth(*face(TEETH, 0.5))


def pale_nose(marks: np.ndarray, size: int, tone: int = 205) -> np.ndarray:
    """A face (size, size, 3) that is nothing but the base of its nose, in such a tone."""
    photo = np.full((size, size, 3), 230, np.uint8)
    base = marks[31:36].round().astype(np.int32)
    cv2.polylines(photo, [base], False, (tone,) * 3, round(size / 64), cv2.LINE_AA)
    return cv2.GaussianBlur(photo, (0, 0), size / 256)


@pytest.mark.parametrize("style", ["line_drawing", "cartoon", "oil", "watercolour"])
def test_every_style_is_shown_a_pale_nose_darker(style):
    marks = of_512(standard_face())
    pale, (x, y) = pale_nose(marks, 512), marks[33].round().astype(int)
    clear = DrawingAtRest(style, "./checkpoints", "cpu").clear(pale, marks)
    assert clear[y, x].mean() < pale[y, x].mean() - 20


@pytest.mark.parametrize("size", [512, 900])
def test_a_pale_nose_is_made_darker_and_others_stay(size):
    marks = (standard_face() + 0.5) * (size / 256) - 0.5
    x, y = marks[33].round().astype(int)
    pale, dark = (pale_nose(marks, size, tone) for tone in (205, 60))
    clear = clear_nose(pale, marks)
    assert clear[y, x].mean() < pale[y, x].mean() - 20
    assert (clear[: round(marks[20, 1])] == pale[: round(marks[20, 1])]).all()
    assert clear_nose(dark, marks).tolist() == dark.tolist()
