"""Mouth correlation: whether the mouth opens when it should."""

import numpy as np

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from ..sample import Sample
from . import clip_metric

_MAX_LAG = 0.08  # s


@clip_metric("mouth_correlation", "Mouth correlation", "higher")
def mouth_correlation(sample: Sample) -> float:
    """Pearson correlation of the mouth opening (inner-lip gap over mouth width) found in the frames with that
    found in the clip, at the best lag within ±80 ms."""
    made, real = (mouth_opening(found.landmarks) for found in (sample.located, sample.clip.located))
    limit = int(_MAX_LAG * float(sample.clip.fps) + 1e-6)
    scores = [shifted_correlation(made, real, lag) for lag in range(-limit, limit + 1)]
    return max(scores, default=float("nan"))


def shifted_correlation(made: np.ndarray, real: np.ndarray, lag: int) -> float:
    """Pearson correlation of made[t + lag] with real[t]; 0 where either is constant, NaN where none is known.

    (T,) each; a positive lag means that `made` is late.
    """
    length = min(len(made), len(real))
    start, stop = max(0, -lag), min(length, length - lag)
    if stop - start < 3:
        return float("nan")
    a, b = made[start + lag : stop + lag], real[start:stop]
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / norm) if norm > 1e-9 else 0.0
