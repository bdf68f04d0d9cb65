import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import INNER_LIP_PAIRS, JAW, MIRRORED, load_standard_face
from module1_audio2lmk.motion.expressions import EXPRESSIONS, expression_offset
from module1_audio2lmk.motion.face_rig import FaceRig


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_is_the_same_on_both_halves_and_leaves_speech_alone(name):
    offset = expression_offset(name)
    assert np.allclose(offset[MIRRORED] * [-1, 1, 1], offset)
    assert not offset[list(JAW)].any()
    for upper, lower in INNER_LIP_PAIRS:
        assert abs(offset[lower, 1] - offset[upper, 1]) < 0.005
    assert name == "neutral" or 0.04 < np.abs(offset).max() < 0.12


def test_strength_is_a_share_and_happy_corners_go_up_and_apart():
    assert np.allclose(expression_offset("happy:0.5") * 2, expression_offset("happy"))
    face = load_standard_face() * 180 + 256
    calm, glad = FaceRig(face, None).rest, FaceRig(face, None, expression=expression_offset("happy")).rest
    assert (glad[[48, 54], 1] < calm[[48, 54], 1] - 5).all()
    assert glad[54, 0] - glad[48, 0] > calm[54, 0] - calm[48, 0] + 10


@pytest.mark.parametrize("name", ["glad", "happy:2", "happy:much", "happy:nan", ""])
def test_what_is_no_expression_is_refused(name):
    with pytest.raises(InputError, match="--expression"):
        expression_offset(name)
