"""A/V offset: how far lips and sound are out of step."""

import numpy as np

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from ..sample import Sample
from . import clip_metric
from .mouth_correlation import shifted_correlation

_RATE = 100  # Hz at which lags are tried
_MAX_LAG = 0.4  # s
_HEARD = 0.2  # least correlation at which a lag means anything


@clip_metric("av_offset", "A/V offset", "lower", "ms", 0)
def av_offset(sample: Sample) -> float:
    """Absolute lag in ms, within ±400, at which the mouth opening in the frames correlates best with that of
    the clip, whose lips are in step with the sound; undefined below a correlation of 0.2."""
    made, real = (mouth_opening(found.landmarks) for found in (sample.located, sample.clip.located))
    return abs(best_lag(made, real, float(sample.clip.fps))) * 1000


def best_lag(made: np.ndarray, real: np.ndarray, fps: float) -> float:
    """Seconds by which `made` (T,) is late against `real` (T,); NaN where they have nothing in common."""
    times = np.arange(0, (len(real) - 1) / fps, 1 / _RATE)
    known = np.arange(len(real)) / fps
    a, b = np.interp(times, known, made), np.interp(times, known, real)
    limit = min(round(_MAX_LAG * _RATE), len(times) // 3)
    scores = {lag: shifted_correlation(a, b, lag) for lag in range(-limit, limit + 1)}
    if not all(np.isfinite(score) for score in scores.values()):
        return float("nan")
    best = max(scores, key=lambda lag: (scores[lag], -abs(lag)))
    return best / _RATE if scores[best] >= _HEARD else float("nan")
