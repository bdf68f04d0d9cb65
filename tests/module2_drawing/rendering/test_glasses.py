"""Glasses are found by the bar between their lenses."""

import numpy as np
import pytest
from drawing_data import with_glasses

from module1_audio2lmk.foundation.face.align import AlignedFace
from module2_drawing.rendering.glasses import wears_glasses


@pytest.mark.parametrize("grey", [40, 90])
def test_rims_are_seen_and_a_bare_nose_is_not_taken_for_them(face: AlignedFace, grey: int) -> None:
    assert not wears_glasses(face.image, face.landmarks)
    worn = with_glasses(face.image, face.landmarks, grey)
    assert wears_glasses(worn, face.landmarks)
    assert wears_glasses(np.ascontiguousarray(worn[:, ::-1]), mirrored(face.landmarks[:, :2]))


def mirrored(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (68, 2) px of 512 of the mirrored picture; of eyes and cheeks alone, which are asked for."""
    turned = landmarks * (-1, 1) + (511, 0)
    order = np.arange(68)
    order[:17] = order[:17][::-1]
    order[36:48] = [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    order[[31, 35, 48, 54]] = [35, 31, 54, 48]
    return turned[order]
