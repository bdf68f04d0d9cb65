import numpy as np
import pytest

from module1_audio2lmk.foundation.face.geometry import LOWER_LIDS, UPPER_LIDS, load_standard_face
from module1_audio2lmk.motion import blinks


@pytest.fixture
def face():
    return load_standard_face()


def onsets(closure, rate):
    shut = closure > 0.5
    return np.flatnonzero(shut[1:] & ~shut[:-1]) / rate


def test_same_seed_same_blinks_for_any_cut():
    whole = blinks.BlinkProcess(25, seed=3).closures(2000)
    process = blinks.BlinkProcess(25, seed=3)
    parts = [process.closures(size) for size in (1, 0, 7, 500, 1, 1491)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert not np.array_equal(blinks.BlinkProcess(25, seed=4).closures(2000), whole)


@pytest.mark.parametrize("per_minute", [5.0, 17.0, 40.0])
def test_rate_and_irregularity(per_minute):
    closure = blinks.BlinkProcess(62.5, per_minute, seed=1).closures(int(62.5 * 60 * 20))
    assert closure.min() == 0 and closure.max() == 1
    times = onsets(closure, 62.5)
    assert len(times) / 20 == pytest.approx(per_minute, rel=0.2)
    intervals = np.diff(times)
    assert intervals.min() > 0.35
    assert 0.3 < intervals.std() / intervals.mean() < 0.8


def test_a_blink_closes_fast_and_opens_slowly():
    closure = blinks.BlinkProcess(1000, seed=0).closures(20000)
    start = np.flatnonzero(closure > 0)[0]
    end = start + np.flatnonzero(closure[start:] == 0)[0]
    shut = start + np.flatnonzero(closure[start:end] == 1)
    assert 75 <= shut[0] - start <= 125
    assert 155 <= end - shut[-1] <= 265
    assert (np.diff(closure[start : shut[0]]) >= 0).all() and (np.diff(closure[shut[-1] : end]) <= 0).all()


def test_no_blinks_and_bad_rates():
    assert not blinks.BlinkProcess(25, 0).closures(1000).any()
    for rate, per_minute in ((25, -1), (25, 61), (0, 17), (25, float("nan"))):
        with pytest.raises(ValueError, match="not possible"):
            blinks.BlinkProcess(rate, per_minute)


def test_closing_eyes(face):
    frames = np.repeat(face[None], 3, axis=0)
    closed = blinks.close_eyes(frames, np.array([0, 0.5, 1]))
    assert np.array_equal(closed[0], face)
    meeting = 0.25 * face[list(UPPER_LIDS)] + 0.75 * face[list(LOWER_LIDS)]
    assert closed[2, UPPER_LIDS] == pytest.approx(meeting) and closed[2, LOWER_LIDS] == pytest.approx(meeting)
    assert closed[1] == pytest.approx((closed[0] + closed[2]) / 2)
    others = [point for point in range(68) if point not in UPPER_LIDS + LOWER_LIDS]
    assert np.array_equal(closed[:, others], frames[:, others])
    assert np.array_equal(frames[2], face)


def test_closing_eyes_follows_the_head(face):
    moving = face + np.linspace(0, 1, 50)[:, None, None] * [3, 1, 0]
    closure = np.sin(np.linspace(0, np.pi, 50)) ** 2
    still = blinks.close_eyes(np.repeat(face[None], 50, axis=0), closure)
    assert blinks.close_eyes(moving, closure) - moving == pytest.approx(still - face)
