"""What lies around a face moves with the skull, the face itself with its landmarks."""

import numpy as np
import pytest

from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.foundation.face.pose import rotation_from_angles
from module2_drawing.geometry.head_motion import skull_flow, with_skull

SIZE = 256
HAIR, NOSE, SHOULDER = (128, 45), (128, 130), (128, 245)  # x, y px


def landmarks(yaw: float, roll: float = 0.0, size: int = SIZE) -> np.ndarray:
    """The standard face, turned around its middle and drawn into the frame, (68, 2) px."""
    rotation = rotation_from_angles(np.array([[yaw, 0.0, roll]]))[0]
    turned = load_standard_face() @ rotation.T
    return (turned[:, :2] * 60 + (128, 120)) * (size / SIZE)


def found(flow: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    return flow[place[1], place[0]]


@pytest.mark.parametrize("side", [-1, 1])
def test_hair_stays_with_the_skull_where_a_face_turns(side: int) -> None:
    still, turned = landmarks(0), landmarks(25 * side)
    moved = with_skull(np.zeros((SIZE, SIZE, 2), np.float32), still, turned)
    # The nose goes to the side that the face turns to, and the middle of the head to the other.
    nose = turned[30, 0] - still[30, 0]
    assert np.sign(nose) == np.sign(found(moved, HAIR)[0]) and abs(found(moved, HAIR)[0]) > 3
    assert np.abs(found(moved, NOSE)).max() < 0.1
    assert (
        not found(moved, SHOULDER).any()
        and np.abs(moved[[0, -1]]).max() < 0.1 > np.abs(moved[:, [0, -1]]).max()
    )


def test_a_head_that_only_moves_takes_its_hair_along() -> None:
    still = landmarks(0)
    flow = skull_flow(still, still + (7, -4), np.arange(SIZE))
    assert np.abs(flow - (-7, 4)).max() < 1e-3


def test_a_tilted_head_takes_its_hair_along() -> None:
    still, tilted = landmarks(0), landmarks(0, 10)
    flow = skull_flow(still, tilted, np.arange(SIZE))
    for before, now in zip(still[[0, 8, 16]], tilted[[0, 8, 16]], strict=True):
        x, y = np.rint(now).astype(int)
        assert np.abs(now + flow[y, x] - before).max() < 1


def test_nothing_moves_at_rest_and_every_size_moves_alike() -> None:
    rest = np.zeros((SIZE, SIZE, 2), np.float32)
    assert np.abs(with_skull(rest, landmarks(0), landmarks(0))).max() < 1e-3
    small = with_skull(rest[::2, ::2], landmarks(0, size=128), landmarks(20, size=128))
    large = with_skull(rest, landmarks(0), landmarks(20))
    assert np.abs(2 * small - large[::2, ::2]).max() < 3 < np.abs(large).max() / 4


def test_a_head_that_hardly_turns_costs_nothing_and_nothing_jumps() -> None:
    rest, still = np.zeros((SIZE, SIZE, 2), np.float32), landmarks(0)
    assert with_skull(rest, still, landmarks(3)) is rest
    assert with_skull(rest, still, still + (30, 0)) is rest
    moved = [with_skull(rest, still, landmarks(yaw)) for yaw in np.arange(3, 13, 0.5)]
    steps = np.abs(np.diff(moved, axis=0)).max((1, 2, 3))
    assert steps.max() < 2 < steps.sum()
