"""Percentile intervals by resampling clips (Efron 1979): the clip is the unit, frames of one are not
independent."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LEVEL = 0.95


class Interval(NamedTuple):
    """Bounds of the 95% interval; NaN where fewer than two clips have a score."""

    low: float
    high: float


def draws(clips: int, count: int, seed: int) -> np.ndarray:
    """(count, clips) indices of clips drawn with replacement. The same clips and seed give the same draws, so
    that methods can be compared draw by draw."""
    return np.random.default_rng(seed).integers(clips, size=(count, clips))


def means(values: Sequence[float], drawn: np.ndarray) -> np.ndarray:
    """Mean of the values (clips,) in each draw, (count,); clips without a score (NaN) are left out."""
    return _nanmean(np.asarray(values, float)[drawn])


def centred(values: np.ndarray, value: float) -> np.ndarray:
    """Draws (count,) moved so that their mean is the value of the whole.

    Repeated clips leave fewer different frames, and a Fréchet distance grows with that: the draws lie too
    high, all by about the same.
    """
    return values - values.mean() + value if len(values) else values


def interval(values: np.ndarray) -> Interval:
    """The middle 95% of the draws (count,)."""
    known = values[np.isfinite(values)] if np.isfinite(values).any() else np.array([np.nan])
    return Interval(*np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist())


def mean(values: Sequence[float]) -> float:
    """Mean without NaN; NaN of nothing."""
    return float(_nanmean(np.asarray(values, float)[None])[0])


def _nanmean(values: np.ndarray) -> np.ndarray:
    """Means of the rows, NaN where all of one is."""
    return np.ma.masked_invalid(values).mean(1).filled(np.nan)
