from fractions import Fraction

import numpy as np
import pytest

from module1_audio2lmk.streaming import Resampler


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(125, 2), Fraction(10)])
@pytest.mark.parametrize("size", [1, 7, 200])
def test_frames_lie_at_their_times(fps, size):
    ramp = np.arange(126, dtype=np.float64)[:, None] / 62.5  # 2 s: the value is the time
    resampler = Resampler(fps)
    parts = [resampler.resample(ramp[start : start + size]) for start in range(0, len(ramp), size)]
    count = round(2 * fps)
    out = np.concatenate([*parts, resampler.hold(count)])
    assert len(out) >= count
    np.testing.assert_allclose(out[:, 0], np.arange(len(out)) / float(fps), atol=1e-9)


def test_the_last_frame_is_held():
    resampler = Resampler(Fraction(25))
    first = resampler.resample(np.array([[1.0]]))
    assert len(first) == 1
    np.testing.assert_allclose(resampler.hold(4), np.ones((3, 1)))


def test_nothing_pushed():
    with pytest.raises(ValueError, match="no frame"):
        Resampler(Fraction(25)).hold(1)
