"""Lids that shut over a drawn eye: the eyeball is covered, not squeezed; lashes come down with the lid."""

import cv2
import numpy as np
import pytest
from drawing_data import standard_face

from module1_audio2lmk.motion.blinks import close_eyes
from module2_drawing.geometry.eyelids import opened
from module2_drawing.geometry.lattice_motion import places
from module2_drawing.rendering.eyelids import Eyelids

IRIS, EYE = 6.0, range(36, 42)


def shut_by(closure: float, ink: tuple[int, ...], size: int) -> tuple[np.ndarray, np.ndarray]:
    """An eye with a dark iris and a line of lashes, shut: the picture, and the eye's outline, px of it."""
    marks = standard_face()
    drawing = np.full((512, 512) if len(ink) == 1 else (512, 512, 3), 230, np.uint8)
    outline = ((marks[list(EYE)] + 0.5) * 2 - 0.5).round().astype(np.int32)
    cv2.fillPoly(drawing, [outline], 255 if len(ink) == 1 else (255, 255, 255))
    cv2.circle(drawing, outline.mean(0).round().astype(int).tolist(), int(IRIS), ink, -1)
    cv2.polylines(drawing, [outline[:4]], False, ink, 2)
    target = close_eyes(marks[None], np.array([closure]))[0]
    awake = opened(marks, target)
    assert np.allclose(awake, marks, atol=1e-6)
    place = places(np.zeros((256, 256, 2), np.float32), size, 512)
    moved = cv2.remap(drawing, place, None, cv2.INTER_LINEAR)
    Eyelids(drawing, marks).shut(moved, place, awake, target)
    return moved, (target[list(EYE)] + 0.5) * (size / 256) - 0.5


@pytest.mark.parametrize("ink", [(0,), (40, 20, 10)])
@pytest.mark.parametrize("size", [256, 512])
def test_a_shut_eye_is_skin_above_a_line_of_lashes(ink: tuple[int, ...], size: int) -> None:
    picture, eye = shut_by(1.0, ink, size)
    middle, lid = eye.mean(0).round().astype(int), eye[1:3, 1].mean()
    column = picture[:, middle[0]].reshape(size, -1).max(1)
    unit = size / 256
    above = column[round(lid - 9 * unit) : round(lid - 2.5 * unit)]
    assert above.min() > 200  # nothing is left of lashes and iris
    assert column[round(lid - 2 * unit) : round(lid + 2 * unit)].min() < 150
    assert column[round(lid + 3 * unit) : round(lid + 9 * unit)].min() > 200


def test_a_half_shut_eye_shows_the_iris_as_it_was() -> None:
    (open_, _), (half, eye) = shut_by(0.0, (0,), 512), shut_by(0.3, (0,), 512)
    x, lid, low = eye.mean(0)[0].round().astype(int), eye[1:3, 1].mean(), eye[4:, 1].mean()
    below = np.s_[round(lid + 2) : round(low - 2), x - 12 : x + 12]
    assert (open_[below] == half[below]).mean() > 0.95
