import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from module1_audio2lmk.foundation.face.geometry import RIGID_POINTS, load_standard_face
from module1_audio2lmk.foundation.face.pose import (
    Pose,
    angles_from_rotation,
    apply_pose,
    invert,
    rotation_from_angles,
    split_pose,
    umeyama,
)


@pytest.fixture
def face():
    return load_standard_face()


@pytest.fixture
def pose():
    rng = np.random.default_rng(0)
    rotation = Rotation.random(20, random_state=0).as_matrix()
    return Pose(rotation, rng.normal(size=(20, 3)), rng.uniform(0.5, 2, 20))


def test_umeyama_recovers_a_similarity(face, pose):
    found = umeyama(np.repeat(face[None], 20, axis=0), apply_pose(face, pose))
    assert found.rotation == pytest.approx(pose.rotation)
    assert found.translation == pytest.approx(pose.translation)
    assert found.scale == pytest.approx(pose.scale)


def test_umeyama_never_mirrors(face):
    mirrored = face * [-1, 1, 1]
    found = umeyama(face[None], mirrored[None])
    assert np.linalg.det(found.rotation[0]) == pytest.approx(1)


def test_umeyama_is_the_best_fit(face):
    rng = np.random.default_rng(1)
    target = rotation_from_angles(np.array([[20, -10, 5]]))[0] @ face.T
    target = target.T + 0.05 * rng.normal(size=face.shape)
    found = umeyama(face[None], target[None])
    best = np.square(apply_pose(face, found)[0] - target).sum()
    for _ in range(50):
        turn = Rotation.from_rotvec(0.01 * rng.normal(size=3)).as_matrix()
        shift, scale = 0.01 * rng.normal(size=3), 1 + 0.01 * rng.normal()
        other = Pose(turn @ found.rotation, found.translation + shift, found.scale * scale)
        assert np.square(apply_pose(face, other)[0] - target).sum() >= best


def test_umeyama_of_coinciding_points():
    found = umeyama(np.ones((1, 9, 3)), np.zeros((9, 3)))
    assert found.rotation[0] == pytest.approx(np.eye(3))
    assert found.translation[0] == pytest.approx(-1) and found.scale == pytest.approx(1)


def test_split_separates_pose_from_expression(face, pose):
    rng = np.random.default_rng(2)
    expression = np.repeat(face[None], 20, axis=0)
    free = [point for point in range(68) if point not in RIGID_POINTS]
    expression[:, free] += 0.05 * rng.normal(size=(20, len(free), 3))
    frames = apply_pose(expression, pose)
    registered, found = split_pose(frames, face)
    assert registered == pytest.approx(expression)
    assert found.rotation == pytest.approx(pose.rotation) and found.scale == pytest.approx(pose.scale)
    assert apply_pose(registered, found) == pytest.approx(frames)


def test_invert(face, pose):
    moved = apply_pose(face, pose)
    assert apply_pose(moved, invert(pose)) == pytest.approx(np.repeat(face[None], 20, axis=0))


def test_angles():
    angles = np.array([[0, 0, 0], [30, -20, 10], [-45, 15, -5]], dtype=float)
    assert angles_from_rotation(rotation_from_angles(angles)) == pytest.approx(angles)
    nose, ear_line = np.array([0, 0, 1.0]), np.array([1.0, 0, 0])
    yaw, pitch, roll = rotation_from_angles(np.diag([10.0, 10.0, 10.0]))
    assert (yaw @ nose)[0] > 0  # to the right of the image
    assert (pitch @ nose)[1] < 0  # up
    assert (roll @ ear_line)[1] > 0  # clockwise


def test_umeyama_in_the_plane():
    random = np.random.default_rng(0)
    points, turn = random.normal(size=(4, 7, 2)), np.array([[0.6, -0.8], [0.8, 0.6]])
    found = umeyama(points, 3 * points @ turn.T + [5, -2])
    assert found.rotation == pytest.approx(np.repeat(turn[None], 4, axis=0))
    assert found.scale == pytest.approx(np.full(4, 3.0))
    assert apply_pose(points, found) == pytest.approx(3 * points @ turn.T + [5, -2])
    mirrored = umeyama(points, points * [-1, 1])
    assert np.linalg.det(mirrored.rotation) == pytest.approx(np.ones(4))
