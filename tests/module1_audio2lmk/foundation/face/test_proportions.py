"""Photos saved with another ratio of width to height are told."""

import cv2
import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import align_face
from module1_audio2lmk.foundation.face.proportions import width_share
from module1_audio2lmk.foundation.face.search import find_faces


def saved(photo: np.ndarray, share: float) -> np.ndarray:
    """Squeezed or stretched to a share of its width; enlarged where the face would be too small."""
    height = 1024 if share < 1 else 512
    return cv2.resize(photo, (round(height * share), height), interpolation=cv2.INTER_LINEAR)


def test_natural_faces_say_nothing(photo: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    align_face(photo)
    align_face(saved(photo, 0.85))
    assert capsys.readouterr().err == ""
    assert width_share(find_faces(photo)[0]) == pytest.approx(1.13, abs=0.05)  # she smiles: the mouth is high


@pytest.mark.parametrize(("share", "told"), [(0.5, "squeezed to about 6"), (1.33, "stretched to about 15")])
def test_a_face_that_is_drawn_all_the_same(
    photo: np.ndarray, share: float, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    align_face(saved(photo, share))
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("share", "told"), [(0.42, "squeezed to about [56]"), (1.7, "stretched to about (19|20|21)")]
)
def test_a_face_whose_landmarks_cannot_be_right(photo: np.ndarray, share: float, told: str) -> None:
    with pytest.raises(InputError, match=told):
        align_face(saved(photo, share))
