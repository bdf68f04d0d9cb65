import numpy as np
import pytest

from module1_audio2lmk.training.coarticulation import Segment, mouth_parameters
from module1_audio2lmk.training.phonemes import SILENCE, UNKNOWN, articulations, from_arpabet, is_bilabial

TIMES = np.arange(0, 1.2, 0.01)


def spoken(*sounds, length=0.1):
    segments = [Segment(ipa, 0.2 + length * i, 0.2 + length * (i + 1)) for i, ipa in enumerate(sounds)]
    return mouth_parameters(segments, TIMES)


def at(track, seconds):
    return track[round(seconds * 100)]


@pytest.mark.parametrize("sound", ["p", "b", "m"])
@pytest.mark.parametrize("length", [0.05, 0.1])
def test_bilabials_close_in_fluent_speech(sound, length):
    gap = spoken("ɑː", sound, "ɑː", length=length)[:, 0]
    assert at(gap, 0.2 + 1.5 * length) < 0.05
    assert gap.max() > (0.3 if length > 0.05 else 0.15)


def test_other_consonants_do_not_close():
    assert at(spoken("ɑ", "k", "ɑ")[:, 0], 0.35) > 0.3


def test_labiodentals_tuck_and_nearly_close():
    track = spoken("ɑ", "f", "ɑ")
    assert at(track, 0.35)[3] > 0.6 and at(track, 0.35)[0] < 0.25
    assert at(track, 0.22)[3] < 0.2


def test_rounded_vowels_round_and_spread_ones_spread():
    assert spoken("u", "u")[:, 1].min() < -0.7
    assert spoken("i", "i")[:, 1].max() > 0.6


def test_the_mouth_rests_before_and_after():
    gap = spoken("ɑ")[:, 0]
    assert gap[0] < 0.02 and gap[-1] < 0.02


def test_no_segments():
    with pytest.raises(ValueError, match="no segments"):
        mouth_parameters([], TIMES)


def test_symbols():
    assert len(articulations("aɪ")) == 2 and len(articulations("iː")) == 1
    assert articulations("") == [SILENCE] and articulations("ˈ") == [SILENCE]
    assert articulations("☃") == [SILENCE] and articulations("ǂ") == [UNKNOWN]
    assert articulations("ɑ̃") == articulations("ɑ")
    assert is_bilabial("pʰ") and is_bilabial("m") and not is_bilabial("n") and not is_bilabial("")
    assert from_arpabet("ey1") == "eɪ" and from_arpabet("pau") == ""
    with pytest.raises(KeyError):
        from_arpabet("qq")
