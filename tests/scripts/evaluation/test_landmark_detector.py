import numpy as np

from scripts.evaluation.clips import Clip
from scripts.evaluation.landmark_detector import LandmarkDetector, fill_missing


def test_missing_frames_take_the_nearest_in_time() -> None:
    points = np.array([np.nan, 1, np.nan, np.nan, 4, np.nan])
    assert fill_missing(points, np.isfinite(points)).tolist() == [1, 1, 1, 4, 4, 4]
    assert np.isnan(fill_missing(np.full(3, np.nan), np.zeros(3, bool))).all()


def test_no_face_and_a_face_elsewhere_are_not_found(clip: Clip) -> None:
    frames = np.stack([clip.frames[0], np.full_like(clip.frames[0], 255)])
    expected = np.stack([clip.photo_landmarks] * 2)
    located = LandmarkDetector()(frames, expected)
    assert located.found.tolist() == [True, False]
    assert np.array_equal(located.landmarks[0], located.landmarks[1])
    assert not LandmarkDetector()(frames[:1], expected[:1] + 200).found.any()
