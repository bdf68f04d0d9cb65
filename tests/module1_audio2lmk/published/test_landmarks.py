import numpy as np
import pytest
from reference_tools import assert_matches, load_reference

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.published import landmarks as lm


@pytest.fixture(scope="module")
def reference():
    return {name: array.numpy() for name, array in load_reference("landmark_postprocess").items()}


@pytest.fixture
def face():
    return load_standard_face()


def test_normalisation_equals_the_published(reference):
    normalised, scale, shift = lm.normalise(reference["photo_landmarks"], reference["standard_face"])
    assert_matches(normalised, reference["normalised"])
    assert scale == pytest.approx(float(reference["scale"])) and scale < 0
    assert_matches(shift, reference["shift"])
    pixels = lm.denormalise(normalised, scale, shift)
    assert_matches(pixels[:, :2], reference["photo_landmarks"][:, :2])
    assert np.array_equal(pixels[:, 2], normalised[:, 2])


def test_normalised_jaw(reference):
    normalised = lm.normalise(reference["photo_landmarks"][:, :2], reference["standard_face"]).landmarks
    assert normalised[16, 0] - normalised[0, 0] == pytest.approx(1.6)
    assert normalised[[0, 16], :2].mean(axis=0) == pytest.approx([0, 0])
    assert normalised[8, 1] > normalised[27, 1]  # y points down


def test_normalisation_refuses_a_collapsed_face(face):
    with pytest.raises(InputError, match="jaw"):
        lm.normalise(np.zeros((68, 3)), face)


def test_slim_lips_widen_eyes(face):
    pixels = 100 * face[:, :2] + 200
    moved = lm.slim_lips_widen_eyes(pixels) - pixels
    assert not moved[:, 0].any()
    changed = {49: 1, 50: 1, 51: 1, 52: 1, 53: 1, 55: -1, 56: -1, 57: -1, 58: -1, 59: -1}
    changed |= {37: -2, 38: -2, 43: -2, 44: -2, 40: 2, 41: 2, 46: 2, 47: 2}
    assert moved[:, 1] == pytest.approx([changed.get(index, 0) for index in range(68)])


def test_nose_root(face):
    moved = lm.extrapolate_nose_root(face)
    assert moved[27] == pytest.approx(2 * face[28] - face[29])
    assert np.array_equal(np.delete(moved, 27, axis=0), np.delete(face, 27, axis=0))


def test_inputs_are_left_alone(face):
    frames = np.repeat(face[None], 20, axis=0)
    before = frames.copy()
    lm.extrapolate_nose_root(frames)
    lm.slim_lips_widen_eyes(frames)
    lm.denormalise(frames, -0.01, np.zeros(2))
    assert np.array_equal(frames, before)
