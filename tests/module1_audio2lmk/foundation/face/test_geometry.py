import numpy as np
import pytest
from reference_tools import load_reference
from scipy.signal import savgol_filter

from module1_audio2lmk.foundation.face import geometry as lm


@pytest.fixture(scope="module")
def reference():
    return {name: array.numpy() for name, array in load_reference("landmark_postprocess").items()}


@pytest.fixture
def face():
    return lm.load_standard_face()


def frames_around(face, count, seed=0):
    return face + 0.02 * np.random.default_rng(seed).normal(size=(count, 68, 3))


def test_standard_face(reference, face):
    assert np.array_equal(face, reference["standard_face"])
    face[:] = 0
    assert lm.load_standard_face().any()  # nobody changes another's face


def test_mouth_opening(face):
    open_face = np.zeros((2, 68, 2))
    open_face[:, 48, 0], open_face[:, 54, 0] = -2, 2
    open_face[1, 66, 1] = 1
    assert lm.mouth_opening(open_face) == pytest.approx([0, 0.25])
    assert lm.mouth_opening(face) == pytest.approx(0, abs=1e-3)
    assert lm.mouth_opening(np.zeros((68, 2))) == 0


def test_mirror(face):
    assert sorted(lm.MIRRORED) == list(range(68))
    order = lm.MIRRORED
    assert np.array_equal(order[order], np.arange(68))
    mirrored = face[order] * [-1, 1, 1]
    assert np.abs(mirrored - face).max() < 0.1  # the mean face is nearly symmetric
    assert np.abs(face * [-1, 1, 1] - face).max() > 0.5


def test_topology():
    parts = lm.JAW + lm.BROWS + lm.NOSE + lm.EYES + lm.LIPS
    assert parts == tuple(range(68))
    assert sorted(point for line, _ in lm.DRAWING_LINES for point in line) == list(range(68))


@pytest.mark.parametrize("window", [31, 5])
@pytest.mark.parametrize("count", [31, 60])
def test_smoothing_of_long_clips_is_savitzky_golay(face, window, count):
    frames = frames_around(face, count)
    assert lm.smooth(frames, window) == pytest.approx(savgol_filter(frames, window, 3, axis=0))


@pytest.mark.parametrize("count", range(0, 16))
def test_smoothing_of_short_clips(face, count):
    frames = frames_around(face, count)
    smoothed = lm.smooth(frames, 15)
    assert smoothed.shape == frames.shape and np.isfinite(smoothed).all()
    if count < 5:
        assert np.array_equal(smoothed, frames)
    else:
        longest = count if count % 2 else count - 1
        assert smoothed == pytest.approx(savgol_filter(frames, min(15, longest), 3, axis=0))


def test_smoothing_keeps_cubics():
    time = np.linspace(-1, 1, 40)[:, None]
    cubic = 1 + time - 2 * time**2 + 3 * time**3
    assert lm.smooth(cubic, 9) == pytest.approx(cubic)


def test_inputs_are_left_alone(face):
    frames = frames_around(face, 20)
    before = frames.copy()
    lm.uncross_lips(frames)
    lm.smooth(frames, 5)
    assert np.array_equal(frames, before)


def test_crossed_lips_meet_half_way(face):
    crossed = np.repeat(face[None], 2, axis=0)
    crossed[1, [62, 66], 1] += [0.1, -0.1]
    before = crossed.copy()
    uncrossed = lm.uncross_lips(crossed)
    assert uncrossed[1, 62] == pytest.approx((crossed[1, 62] + crossed[1, 66]) / 2)
    assert np.array_equal(uncrossed[1, 66], uncrossed[1, 62])
    others = [point for point in range(68) if point not in (62, 66)]
    assert np.array_equal(uncrossed[:, others], before[:, others]) and np.array_equal(crossed, before)
    assert np.array_equal(lm.uncross_lips(crossed[..., :2]), uncrossed[..., :2])


def test_crossing_follows_the_turn_of_a_face(face):
    lying = face[:, [1, 0, 2]] * [-1, 1, 1]  # turned by 90 degrees: down is to the left
    lying[62, 0] -= 0.1
    assert not np.array_equal(lm.uncross_lips(lying, [-1, 0, 0]), lying)
    assert np.array_equal(lm.uncross_lips(lying, [1, 0, 0])[62], lying[62])
