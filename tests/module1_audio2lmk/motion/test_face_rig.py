import numpy as np
import pytest
from speech_data import LOWER_LIP, opening_network

from module1_audio2lmk.foundation.face.geometry import INNER_LIP_PAIRS, load_standard_face, uncross_lips
from module1_audio2lmk.foundation.face.pose import rotation_from_angles
from module1_audio2lmk.motion.face_rig import Amplitudes, FaceRig
from module1_audio2lmk.motion.lips import opening_direction

OPENING = opening_direction(opening_network().basis.numpy())


def photo(angles=(0.0, 0.0, 0.0), gap=0.0):
    face = load_standard_face()
    face[LOWER_LIP, 1] += gap
    turned = 150 * face @ rotation_from_angles(np.array([angles]))[0].T
    return turned + [256, 200, 0]


def gaps(faces):
    return np.array([faces[..., low, 1] - faces[..., up, 1] for up, low in INNER_LIP_PAIRS])


def test_opening_direction_opens_by_one():
    moves = OPENING
    assert np.mean([moves[low, 1] - moves[up, 1] for up, low in INNER_LIP_PAIRS]) == pytest.approx(1)


@pytest.mark.parametrize("gap", [0.0, 0.1, -0.01])
def test_the_mouth_is_closed_at_rest(gap):
    rig = FaceRig(photo(gap=gap), OPENING)
    np.testing.assert_allclose(gaps(rig.rest), 0, atol=1e-9)
    np.testing.assert_allclose(rig.rest[:17], photo()[:17], atol=1e-6)


def test_depth_may_point_either_way():
    away = photo() * [1, 1, -1]
    np.testing.assert_allclose(FaceRig(away, OPENING).rest, FaceRig(photo(), OPENING).rest)


def test_displacement_is_scaled_and_turned_to_the_photo():
    displacement = np.zeros((1, 68, 3))
    displacement[0, LOWER_LIP, 1] = 0.2
    faces = FaceRig(photo((0, 0, 30)), OPENING).speak(displacement, mobility=1.0)
    moved = faces[0, 57, :2] - photo((0, 0, 30))[57, :2]
    assert np.linalg.norm(moved) == pytest.approx(0.2 * 150, rel=0.02)
    assert np.degrees(np.arctan2(-moved[0], moved[1])) == pytest.approx(30, abs=1)


def test_displacement_is_recovered():
    rig = FaceRig(photo((10, 5, 3)), OPENING)
    displacement = np.zeros((2, 68, 3))
    displacement[1, 30] = [0.1, 0.05, 0]
    faces = rig.rest + rig.to_photo(displacement)
    faces[..., 2] = rig.rest[:, 2]
    assert np.abs(rig.displacement_of(faces)[1, 30, :2] - [0.1, 0.05]).max() < 0.02


def test_amplitudes_scale_lips_apart():
    displacement = np.zeros((1, 68, 3))
    displacement[0, 57] = [0.1, 0.1, 0]
    rig = FaceRig(photo(), OPENING, Amplitudes(lips_x=3, lips_y=0.5))
    moved = (rig.speak(displacement, mobility=1.0) - rig.rest)[0, 57] / 150
    np.testing.assert_allclose(moved[:2], [0.3, 0.05], atol=1e-3)


def test_full_lips_open_further():
    displacement = np.zeros((1, 68, 3))
    displacement[0, LOWER_LIP, 1] = 0.1

    def moved(thicker):
        points = photo()
        points[55:60, 1] += thicker
        rig = FaceRig(points, OPENING)
        shift = rig.speak(displacement)[0] - rig.rest
        assert np.abs(shift[:48]).max() == 0
        return shift[57, 1]

    thin, full = moved(0.0), moved(12.0)
    assert 0.9 * 15 - 0.1 < thin < full < 1.35 * 15 + 0.1
    assert full / thin > 1.1


def test_lips_never_cross():
    displacement = np.zeros((1, 68, 3))
    displacement[0, LOWER_LIP, 1] = -0.1
    rig = FaceRig(photo(), OPENING)
    np.testing.assert_allclose(gaps(rig.speak(displacement)), 0, atol=1e-6)
    assert not np.shares_memory(uncross_lips(rig.rest[None], np.array([0, 1, 0])), rig.rest)


def test_the_head_turns_about_the_neck():
    rig = FaceRig(photo(), OPENING)
    still = np.zeros(1)
    pose = np.array([[10.0, 0, 0, 0, 0, 0]])
    turned = rig.move(rig.rest[None], pose, still, still)[0]
    assert turned[30, 0] - rig.rest[30, 0] > 15
    np.testing.assert_allclose(
        np.linalg.norm(turned - rig.pivot, axis=1), np.linalg.norm(rig.rest - rig.pivot, axis=1)
    )
    shifted = rig.move(rig.rest[None], np.array([[0, 0, 0, 0.1, 0, 0.0]]), still, still)[0]
    np.testing.assert_allclose(shifted - rig.rest, np.tile([15, 0, 0], (68, 1)), atol=0.1)


def test_brows_rise_and_eyes_shut():
    rig = FaceRig(photo(), OPENING)
    faces = rig.move(rig.rest[None], np.zeros((1, 6)), np.array([0.1]), np.array([1.0]))[0]
    np.testing.assert_allclose((faces - rig.rest)[17:27, 1], -15, atol=0.1)
    np.testing.assert_allclose(faces[37], faces[41], atol=1e-6)
