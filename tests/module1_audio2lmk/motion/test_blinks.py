import numpy as np
import pytest

from module1_audio2lmk.foundation.face.geometry import EYES, LOWER_LIDS, UPPER_LIDS, load_standard_face
from module1_audio2lmk.motion import blinks


@pytest.fixture
def face():
    return load_standard_face()


def lid_gap(frames):
    return (frames[:, LOWER_LIDS, 1] - frames[:, UPPER_LIDS, 1]).mean(axis=1)


def onsets(closure, rate):
    shut = closure > 0.5
    return np.flatnonzero(shut[1:] & ~shut[:-1]) / rate


def test_same_seed_same_blinks_for_any_cut():
    whole = blinks.BlinkProcess(25, seed=3).take(2000)
    process = blinks.BlinkProcess(25, seed=3)
    parts = [process.take(size) for size in (1, 0, 7, 500, 1, 1491)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert not np.array_equal(blinks.BlinkProcess(25, seed=4).take(2000), whole)


@pytest.mark.parametrize("per_minute", [5.0, 17.0, 40.0])
def test_rate_and_irregularity(per_minute):
    closure = blinks.BlinkProcess(62.5, per_minute, seed=1).take(int(62.5 * 60 * 20))
    assert closure.min() == 0 and closure.max() == 1
    times = onsets(closure, 62.5)
    assert len(times) / 20 == pytest.approx(per_minute, rel=0.2)
    intervals = np.diff(times)
    assert intervals.min() > 0.35
    assert 0.3 < intervals.std() / intervals.mean() < 0.8


def test_a_blink_closes_fast_and_opens_slowly():
    closure = blinks.BlinkProcess(1000, seed=0).take(20000)
    start = np.flatnonzero(closure > 0)[0]
    end = start + np.flatnonzero(closure[start:] == 0)[0]
    shut = start + np.flatnonzero(closure[start:end] == 1)
    assert 75 <= shut[0] - start <= 125
    assert 155 <= end - shut[-1] <= 265
    assert (np.diff(closure[start : shut[0]]) >= 0).all() and (np.diff(closure[shut[-1] : end]) <= 0).all()


def test_no_blinks_and_bad_rates():
    assert not blinks.BlinkProcess(25, 0).take(1000).any()
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


def test_published_blink_frames():
    frames = blinks.published_blink_frames(1000)
    # 60 + the first numbers of seed 0 in [30, 90): 74, 77, 83, 30, 33, 89, 33, 69
    assert frames == [30, 164, 301, 444, 534, 627, 776, 869]
    assert blinks.published_blink_frames(1000, seed=1) != frames
    assert [len(blinks.published_blink_frames(count)) for count in (0, 45, 46, 180, 181)] == [0, 0, 1, 1, 2]


def test_published_blinks(face):
    frames = np.repeat(face[None], 100, axis=0)
    blinked = blinks.add_published_blinks(frames)
    gap = lid_gap(blinked) / lid_gap(frames)
    assert gap[:20] == pytest.approx(0.9) and gap[46:] == pytest.approx(0.9)
    assert gap[30] == pytest.approx(0, abs=1e-9)
    assert gap[20:31] == pytest.approx(0.9 * np.linspace(1, 0, 11), abs=1e-9)
    assert gap[31:45] == pytest.approx(0.9 * np.arange(1, 15) / 15 + 0.9 / 15, abs=1e-9)
    others = [point for point in range(68) if point not in EYES]
    assert np.array_equal(blinked[:, others], frames[:, others])
    upper, lower = face[37], face[41]
    near_upper, near_lower = 0.95 * upper + 0.05 * lower, 0.05 * upper + 0.95 * lower
    assert blinked[30, 37] == pytest.approx(0.25 * near_upper + 0.75 * near_lower)


def test_published_blinks_on_a_short_clip(face):
    frames = np.repeat(face[None], 45, axis=0)
    assert lid_gap(blinks.add_published_blinks(frames)) == pytest.approx(0.9 * lid_gap(frames))
