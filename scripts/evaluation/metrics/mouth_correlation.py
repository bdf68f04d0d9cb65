"""Mouth correlation: whether the mouth opens when it should."""

import numpy as np

from module1_audio2lmk.foundation.face.geometry import mouth_opening
from module1_audio2lmk.training.sync import best_offset

from ..sample import Sample
from . import clip_metric

_MAX_LAG = 0.08  # s
_FEWEST = 6  # frames, below which any two mouths are alike at some lag


@clip_metric("mouth_correlation", "Mouth correlation", "higher")
def mouth_correlation(sample: Sample) -> float:
    """Pearson correlation of the mouth opening (inner-lip gap over mouth width) found in the frames with that
    found in the clip, at the best lag within ±80 ms."""
    made, real = (mouth_opening(found.landmarks) for found in (sample.located, sample.clip.located))
    return best_lag(made, real, float(sample.clip.fps), _MAX_LAG)[1]


def best_lag(made: np.ndarray, real: np.ndarray, rate: float, most: float) -> tuple[float, float]:
    """Seconds, up to `most`, by which `made` (T,) is late against `real` (T,), and their correlation then.

    NaN where either is not known, or there are too few frames.
    """
    if len(real) < _FEWEST or not (np.isfinite(made).all() and np.isfinite(real).all()):
        return float("nan"), float("nan")
    return best_offset(real, made, most, rate)
