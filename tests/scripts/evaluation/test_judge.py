import numpy as np

from scripts.evaluation.films import Film
from scripts.evaluation.judge import Judge, fill_missing


def test_missing_frames_take_the_nearest_in_time() -> None:
    points = np.array([np.nan, 1, np.nan, np.nan, 4, np.nan])
    assert fill_missing(points, np.isfinite(points)).tolist() == [1, 1, 1, 4, 4, 4]
    assert np.isnan(fill_missing(np.full(3, np.nan), np.zeros(3, bool))).all()


def test_no_face_and_a_face_elsewhere_are_not_found(film: Film) -> None:
    frames = np.stack([film.frames[0], np.full_like(film.frames[0], 255)])
    expected = np.stack([film.photo_landmarks] * 2)
    located = Judge()(frames, expected)
    assert located.found.tolist() == [True, False]
    assert np.array_equal(located.landmarks[0], located.landmarks[1])
    assert not Judge()(frames[:1], expected[:1] + 200).found.any()
