"""Motion of clips, carried over to photos."""

import numpy as np
import pytest
from drawing_data import face_landmarks

from module1_audio2lmk.foundation.face.geometry import INNER_LIP_PAIRS
from module1_audio2lmk.foundation.face.retarget import carried, most_alike


@pytest.fixture
def photo() -> np.ndarray:
    return face_landmarks(0, 256).astype(np.float64)


def in_clip(points: np.ndarray) -> np.ndarray:
    """The same face in a clip: twice as large, elsewhere."""
    return 2 * points + [30, -70]


def turned(points: np.ndarray, degrees: float, centre: np.ndarray) -> np.ndarray:
    angle = np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points - centre) @ matrix.T + centre


def test_a_clip_at_rest_is_the_photo(photo: np.ndarray) -> None:
    track = np.stack([in_clip(face_landmarks(1, 256))] * 3)
    np.testing.assert_allclose(carried(photo, track, track[0]), np.stack([photo] * 3), atol=1e-3)


def test_the_motion_of_the_head_is_scaled_to_the_face(photo: np.ndarray) -> None:
    start = in_clip(photo)
    moved = carried(photo, np.stack([start, start + [8, -4], start]), start)
    np.testing.assert_allclose(moved[1] - photo, np.broadcast_to([4, -2], (68, 2)), atol=1e-3)
    np.testing.assert_allclose(moved[2], photo, atol=1e-3)


def test_a_head_that_turns_in_the_picture_turns(photo: np.ndarray) -> None:
    centre = photo.mean(0)
    track = np.stack([in_clip(photo), turned(in_clip(photo), 10, in_clip(centre))])
    np.testing.assert_allclose(carried(photo, track, track[0])[1], turned(photo, 10, centre), atol=1e-3)


def test_a_mouth_that_opens_opens_by_as_much_as_fits_the_face(photo: np.ndarray) -> None:
    start = in_clip(photo)
    opened = start.copy()
    opened[[65, 66, 67], 1] += 6
    moved = carried(photo, np.stack([opened + [10, 0]]), start)[0] - [5, 0]
    np.testing.assert_allclose((moved - photo)[[65, 66, 67]], [[0, 3]] * 3, atol=1e-3)
    np.testing.assert_allclose(np.delete(moved - photo, [65, 66, 67], 0), 0, atol=1e-3)


def test_lips_do_not_cross(photo: np.ndarray) -> None:
    start = in_clip(photo)
    shut = start.copy()
    shut[[65, 66, 67], 1] -= 200
    moved = carried(photo, shut[None], start)[0]
    for upper, lower in INNER_LIP_PAIRS:
        assert moved[upper, 1] <= moved[lower, 1] + 1e-3


def test_motion_starts_where_the_clip_is_most_like_the_photo(photo: np.ndarray) -> None:
    aside, opened = photo.copy(), photo.copy()
    aside[:, 0] += 0.2 * (photo[:, 1] - photo[:, 1].mean())  # no similarity undoes a shear
    opened[[65, 66, 67], 1] += 6
    track = np.stack([in_clip(aside), in_clip(opened), turned(in_clip(photo), 10, photo.mean(0))])
    assert most_alike(photo, track) == 2
    assert most_alike(opened, track) == 1
