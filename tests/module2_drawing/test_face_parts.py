"""What the paint network is told of a face: planes of its parts, numbers of its expression."""

import numpy as np
import pytest

from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module2_drawing.face_parts import LENGTH, expression, part_planes


@pytest.fixture
def face_68() -> np.ndarray:
    """(68, 2) px of 256²."""
    return load_standard_face()[:, :2] * (75, 75) + (128, 150)


@pytest.fixture
def turned(face_68: np.ndarray) -> np.ndarray:
    """The face twice as large, rolled by 20° and moved."""
    angle = np.deg2rad(20)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return face_68 @ turn * 2 + (40, -10)


def test_expression_knows_neither_size_nor_place(face_68: np.ndarray, turned: np.ndarray) -> None:
    plain, moved = expression(face_68), expression(turned)
    assert plain.shape == (LENGTH,) and plain.dtype == np.float32
    assert moved[:-1] == pytest.approx(plain[:-1], abs=1e-4)
    assert moved[-1] - plain[-1] == pytest.approx(5 * np.deg2rad(20), abs=1e-4)


def test_expression_follows_the_mouth(face_68: np.ndarray) -> None:
    opened = face_68.copy()
    opened[[65, 66, 67, 55, 56, 57, 58, 59], 1] += 10
    change = expression(np.stack((face_68, opened)))
    assert change[1, 0] > change[0, 0] + 0.3 and change[1, 1] > change[0, 1] + 0.3
    assert change[1, 3:] == pytest.approx(change[0, 3:])


def test_planes_lie_where_the_parts_are(face_68: np.ndarray) -> None:
    inside, lips, eyes = part_planes(face_68, 256)
    y, x = np.nonzero(eyes > 0.5)
    found = np.array([[x.min(), y.min()], [x.max(), y.max()]])
    assert found == pytest.approx(np.stack([f(face_68[36:48], axis=0) for f in (np.min, np.max)]), abs=1.5)
    assert inside.sum() < lips.sum() and (lips[inside > 0.5] > 0.5).all()
