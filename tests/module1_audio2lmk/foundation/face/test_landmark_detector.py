import cv2
import numpy as np

from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.landmark_detector import LandmarkDetector, fill_missing


def test_missing_frames_take_the_nearest_in_time() -> None:
    points = np.array([np.nan, 1, np.nan, np.nan, 4, np.nan])
    assert fill_missing(points, np.isfinite(points)).tolist() == [1, 1, 1, 4, 4, 4]
    assert np.isnan(fill_missing(np.full(3, np.nan), np.zeros(3, bool))).all()


def test_no_face_and_a_face_elsewhere_are_not_found(face: AlignedFace) -> None:
    small = cv2.resize(face.image, (256, 256), interpolation=cv2.INTER_AREA)
    frames = np.stack([small, np.full_like(small, 255)])
    expected = np.stack([face.landmarks[:, :2] / 2] * 2)
    located = LandmarkDetector()(frames, expected)
    assert located.found.tolist() == [True, False]
    assert np.array_equal(located.landmarks[0], located.landmarks[1])
    assert not LandmarkDetector()(frames[:1], expected[:1] + 200).found.any()
