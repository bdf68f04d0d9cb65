import numpy as np
import pytest
from reference_tools import assert_matches, load_reference

from module1_audio2lmk.foundation.face import geometry
from module1_audio2lmk.motion import lips
from module1_audio2lmk.published.landmarks import calibration_offset


def calibrated(displacement, *amplitudes):
    return lips.amplify_lips(displacement - calibration_offset(displacement), *amplitudes)


@pytest.fixture(scope="module")
def reference():
    return {name: array.numpy() for name, array in load_reference("landmark_postprocess").items()}


@pytest.fixture
def face():
    return geometry.load_standard_face()


def test_calibration_equals_the_published(reference):
    displacement = np.zeros((60, 68, 3), np.float32)
    displacement[:, ::2] = reference["displacement"]
    assert_matches(calibrated(displacement)[::6, ::2], reference["calibrated"])


def test_calibration_by_hand():
    displacement = np.zeros((5, 68, 3))
    displacement[:, 10, 0] = [5, 1, 3, 2, 4]
    displacement[:, 50, 1] = [5, 1, 3, 2, 4]
    moved = calibrated(displacement, 1.0, 3.0)
    assert moved[:, 10, 0] == pytest.approx([3.5, -0.5, 1.5, 0.5, 2.5])  # less the mean of 1 and 2
    assert moved[:, 50, 1] == pytest.approx([10.5, -1.5, 4.5, 1.5, 7.5])
    assert np.array_equal(calibrated(displacement[:1]), np.zeros((1, 68, 3)))


def test_lip_repair_equals_the_published(reference):
    faces = np.zeros((60, 68, 3), np.float32)
    faces[:, 48:] = reference["lips"]
    repaired = lips.repair_inverted_lips(faces)
    assert_matches(repaired[::2, 48:], reference["lips_uninverted"])
    assert not repaired[:, :48].any()
    assert (np.abs(faces - repaired).max(axis=(1, 2)) > 1e-3).sum() > 20  # there was something to repair


def test_lip_repair_of_a_first_frame(face):
    crossed = face.copy()
    crossed[list(geometry.INNER_LIP), 1] += [0, 0.1, 0.1, 0.1, 0, -0.1, -0.1, -0.1]
    assert geometry.inner_lip_area(crossed) < 0
    repaired = lips.repair_inverted_lips(crossed[None])[0]
    assert repaired[[61, 62, 63]] == pytest.approx(repaired[[67, 66, 65]])
    assert np.array_equal(repaired[:60], crossed[:60])


def test_close_mouth():
    displacement = np.random.default_rng(0).normal(size=(4, 68, 3))
    closed = lips.close_mouth(displacement, 1.0)
    for upper, lower in [*geometry.OUTER_LIP_PAIRS, *geometry.INNER_LIP_PAIRS]:
        mean = (displacement[:, upper] + displacement[:, lower]) / 2
        assert closed[:, upper] == pytest.approx(mean) and closed[:, lower] == pytest.approx(mean)
    kept = [point for point in range(68) if point < 49 or point in (54, 60, 64)]
    assert np.array_equal(closed[:, kept], displacement[:, kept])
    half = lips.close_mouth(displacement, 0.5)
    assert half == pytest.approx((closed + displacement) / 2)
    assert np.array_equal(lips.close_mouth(displacement, 0.0), displacement)


def test_the_jaw_and_its_depth_move_with_the_lips_of_a_rig():
    displacement = np.ones((2, 68, 3))
    moved = lips.amplify_lips(displacement, 3.0, 0.5, jaw=True)
    assert moved[0, 57].tolist() == [3.0, 0.5, 0.5] and moved[0, 8].tolist() == [1.0, 0.5, 0.5]
    assert lips.amplify_lips(displacement, 3.0, 0.5)[0, 57].tolist() == [3.0, 0.5, 1.0]
    assert np.array_equal(moved[:, 17:48], displacement[:, 17:48])


def test_nearly_closed_lips_close_softly():
    gap = np.linspace(-0.1, 1, 1101)
    closed = lips.close_softly(gap, 0.1)
    np.testing.assert_allclose(closed[gap <= 0], gap[gap <= 0])
    np.testing.assert_allclose(closed[gap >= 0.2], gap[gap >= 0.2] - 0.1)
    assert closed[np.isclose(gap, 0.05)] < 0.01
    slope = np.diff(closed) / np.diff(gap)
    assert slope.min() >= -1e-9 and np.abs(np.diff(slope[101:])).max() < 0.01
    np.testing.assert_array_equal(lips.close_softly(gap, 0), gap)
