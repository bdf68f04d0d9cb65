"""Lips against those of the clip: whether they open when they should, in step, and are where they should be.

LMD is that of Chen et al., "Lip Movements Generation at a Glance", ECCV 2018.
"""

import numpy as np

from module1_audio2lmk.foundation.face.geometry import LIPS, mouth_opening
from module1_audio2lmk.training.sync import best_offset

from ..sample import Sample
from . import clip_metric

_CLOSE = 0.08  # s: a lag that nobody sees
_FEWEST = 6  # frames, below which any two mouths are alike at some lag
_RATE = 100  # Hz at which lags are tried
_MAX_LAG = 0.4  # s
_HEARD = 0.2  # least correlation at which a lag means anything


@clip_metric("mouth_correlation", "Mouth correlation", "higher")
def mouth_correlation(sample: Sample) -> float:
    """Pearson correlation of the mouth opening (inner-lip gap over mouth width) found in the frames with that
    found in the clip, at the best lag within ±80 ms."""
    made, real = (mouth_opening(found.landmarks) for found in (sample.located, sample.clip.located))
    return best_lag(made, real, float(sample.clip.fps), _CLOSE)[1]


def best_lag(made: np.ndarray, real: np.ndarray, rate: float, most: float) -> tuple[float, float]:
    """Seconds, up to `most`, by which `made` (T,) is late against `real` (T,), and their correlation then.

    NaN where either is not known, or there are too few frames.
    """
    if len(real) < _FEWEST or not (np.isfinite(made).all() and np.isfinite(real).all()):
        return float("nan"), float("nan")
    return best_offset(real, made, most, rate)


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


@clip_metric("lmd", "LMD", "lower", "px", 2)
def lmd(sample: Sample) -> float:
    """Distance of the 20 lip landmarks found in the frames from those found in the clip, px of 256², the mean
    over points and frames, after the two lips' mean points are made to coincide in each frame."""
    return lip_distance(sample.located.landmarks, sample.clip.located.landmarks)


def lip_distance(made: np.ndarray, real: np.ndarray) -> float:
    """LMD = 1/T · 1/P Σ_t Σ_p ‖made_tp − real_tp‖₂ of lips moved to the origin; (T, 68, 2) each."""
    lips = [points[:, LIPS] - points[:, LIPS].mean(1, keepdims=True) for points in (made, real)]
    return float(np.linalg.norm(lips[0] - lips[1], axis=-1).mean())
