import numpy as np
import pytest
from reference_tools import assert_matches, load_reference
from scipy.signal import savgol_filter

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face import geometry as lm


@pytest.fixture(scope="module")
def reference():
    return {name: array.numpy() for name, array in load_reference("landmark_postprocess").items()}


@pytest.fixture
def face():
    return lm.load_standard_face()


def frames_around(face, count, seed=0):
    return face + 0.02 * np.random.default_rng(seed).normal(size=(count, 68, 3))


def test_calibration_equals_the_published(reference):
    displacement = np.zeros((60, 68, 3), np.float32)
    displacement[:, ::2] = reference["displacement"]
    assert_matches(lm.calibrate(displacement)[::6, ::2], reference["calibrated"])


def test_calibration_by_hand():
    displacement = np.zeros((5, 68, 3))
    displacement[:, 10, 0] = [5, 1, 3, 2, 4]
    displacement[:, 50, 1] = [5, 1, 3, 2, 4]
    calibrated = lm.calibrate(displacement, (1.0, 3.0))
    assert calibrated[:, 10, 0] == pytest.approx([3.5, -0.5, 1.5, 0.5, 2.5])  # less the mean of 1 and 2
    assert calibrated[:, 50, 1] == pytest.approx([10.5, -1.5, 4.5, 1.5, 7.5])
    assert np.array_equal(lm.calibrate(displacement[:1]), np.zeros((1, 68, 3)))


def test_lip_repair_equals_the_published(reference):
    faces = np.zeros((60, 68, 3), np.float32)
    faces[:, 48:] = reference["lips"]
    repaired = lm.repair_inverted_lips(faces)
    assert_matches(repaired[::2, 48:], reference["lips_uninverted"])
    assert not repaired[:, :48].any()
    assert (np.abs(faces - repaired).max(axis=(1, 2)) > 1e-3).sum() > 20  # there was something to repair


def test_lip_repair_in_chunks(reference):
    faces = np.zeros((60, 68, 3))
    faces[:, 48:] = reference["lips"]
    whole = lm.repair_inverted_lips(faces)
    first = lm.repair_inverted_lips(faces[:23])
    second = lm.repair_inverted_lips(faces[23:], previous=first[-1])
    assert np.array_equal(np.concatenate([first, second]), whole)


def test_lip_repair_of_a_first_frame(face):
    crossed = face.copy()
    crossed[list(lm.INNER_LIP), 1] += [0, 0.1, 0.1, 0.1, 0, -0.1, -0.1, -0.1]
    assert lm.inner_lip_area(crossed) < 0
    repaired = lm.repair_inverted_lips(crossed[None])[0]
    assert repaired[[61, 62, 63]] == pytest.approx(repaired[[67, 66, 65]])
    assert np.array_equal(repaired[:60], crossed[:60])


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


def test_standard_face(reference, face, tmp_path):
    assert np.array_equal(face, reference["standard_face"])
    path = tmp_path / "face.txt"
    np.savetxt(path, 2 * face)
    assert lm.load_standard_face(path) == pytest.approx(2 * face)


@pytest.mark.parametrize("content", ["1 2 3\n", "no numbers\n", "nan nan nan\n" * 68, ""])
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_bad_standard_face(tmp_path, content):
    path = tmp_path / "face.txt"
    path.write_text(content)
    with pytest.raises(InputError, match=r"face\.txt"):
        lm.load_standard_face(path)
    with pytest.raises(InputError, match="missing"):
        lm.load_standard_face(tmp_path / "missing.txt")


def test_slim_lips_widen_eyes(face):
    pixels = 100 * face[:, :2] + 200
    moved = lm.slim_lips_widen_eyes(pixels) - pixels
    assert not moved[:, 0].any()
    changed = {49: 1, 50: 1, 51: 1, 52: 1, 53: 1, 55: -1, 56: -1, 57: -1, 58: -1, 59: -1}
    changed |= {37: -2, 38: -2, 43: -2, 44: -2, 40: 2, 41: 2, 46: 2, 47: 2}
    assert moved[:, 1] == pytest.approx([changed.get(index, 0) for index in range(68)])


def test_close_mouth():
    displacement = np.random.default_rng(0).normal(size=(4, 68, 3))
    closed = lm.close_mouth(displacement, 1.0)
    for upper, lower in [*lm.OUTER_LIP_PAIRS, *lm.INNER_LIP_PAIRS]:
        mean = (displacement[:, upper] + displacement[:, lower]) / 2
        assert closed[:, upper] == pytest.approx(mean) and closed[:, lower] == pytest.approx(mean)
    kept = [point for point in range(68) if point < 49 or point in (54, 60, 64)]
    assert np.array_equal(closed[:, kept], displacement[:, kept])
    half = lm.close_mouth(displacement, 0.5)
    assert half == pytest.approx((closed + displacement) / 2)
    assert np.array_equal(lm.close_mouth(displacement, 0.0), displacement)


def test_nose_root(face):
    moved = lm.extrapolate_nose_root(face)
    assert moved[27] == pytest.approx(2 * face[28] - face[29])
    assert np.array_equal(np.delete(moved, 27, axis=0), np.delete(face, 27, axis=0))


def test_mouth_opening(face):
    open_face = np.zeros((2, 68, 2))
    open_face[:, 48, 0], open_face[:, 54, 0] = -2, 2
    open_face[1, 66, 1] = 1
    assert lm.mouth_opening(open_face) == pytest.approx([0, 0.25])
    assert lm.mouth_opening(face) == pytest.approx(0, abs=1e-3)
    assert lm.mouth_opening(np.zeros((68, 2))) == 0


def test_most_closed_frame(face):
    frames = np.repeat(face[None], 4, axis=0)
    frames[:, 65:68, 1] += np.array([0.1, 0.05, 0.01, 0.2])[:, None]
    assert lm.most_closed_frame(frames) == 2


def test_flip_order(face):
    assert sorted(lm.FLIP_ORDER) == list(range(68))
    order = np.array(lm.FLIP_ORDER)
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


@pytest.mark.parametrize("count", [1, 3, 4, 8, 14, 15, 16, 50])
@pytest.mark.parametrize("size", [1, 7, 15, 100])
def test_smoothing_stream_equals_the_whole(face, count, size):
    frames = frames_around(face, count)
    stream = lm.SmoothingStream(15)
    parts = [stream.push(frames[start : start + size]) for start in range(0, count, size)]
    parts += [stream.push(frames[:0]), stream.flush()]
    assert np.concatenate(parts) == pytest.approx(lm.smooth(frames, 15))
    assert stream.flush() is None


def test_smoothing_stream_delay(face):
    stream = lm.SmoothingStream(15)
    frames = frames_around(face, 40)
    assert len(stream.push(frames[:14])) == 0
    assert len(stream.push(frames[14:15])) == 8
    assert len(stream.push(frames[15:])) == 25


def test_inputs_are_left_alone(face):
    frames = frames_around(face, 20)
    before = frames.copy()
    lm.calibrate(frames)
    lm.close_mouth(frames)
    lm.repair_inverted_lips(frames)
    lm.extrapolate_nose_root(frames)
    lm.slim_lips_widen_eyes(frames)
    lm.denormalise(frames, -0.01, np.zeros(2))
    lm.smooth(frames, 5)
    assert np.array_equal(frames, before)
