"""A/V offset: how far lips and sound are out of step."""

import numpy as np

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from ..sample import Sample
from . import clip_metric
from .mouth_correlation import best_lag

_RATE = 100  # Hz at which lags are tried
_MAX_LAG = 0.4  # s
_HEARD = 0.2  # least correlation at which a lag means anything


@clip_metric("av_offset", "A/V offset", "lower", "ms", 0)
def av_offset(sample: Sample) -> float:
    """Absolute lag in ms, within ±400, at which the mouth opening in the frames correlates best with that of
    the clip, whose lips are in step with the sound; undefined below a correlation of 0.2."""
    made, real = (mouth_opening(found.landmarks) for found in (sample.located, sample.clip.located))
    return 1000 * abs(lag(made, real, float(sample.clip.fps)))


def lag(made: np.ndarray, real: np.ndarray, fps: float) -> float:
    """Seconds by which `made` (T,) is late against `real` (T,); NaN where they have nothing in common."""
    times = np.arange(0, (len(real) - 1) / fps, 1 / _RATE)
    known = np.arange(len(real)) / fps
    made, real = (np.interp(times, known, opening) for opening in (made, real))
    found, score = best_lag(made, real, _RATE, _MAX_LAG)
    return found if score >= _HEARD else float("nan")
