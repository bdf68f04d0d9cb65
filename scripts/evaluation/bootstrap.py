"""Percentile intervals by resampling clips (Efron 1979), of scores and of their differences clip by clip.

The clip is the unit: frames of one are not independent.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

LEVEL = 0.95
_DRAWS = 2000


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


class Difference(NamedTuple):
    """Second minus first: value and 95% interval, NaN where there is none.

    verdict: "better" or "worse" where the interval leaves 0 out, "same" where it does not, "unknown" where
    there is no interval. note: what else is to be said.
    """

    value: float
    low: float
    high: float
    verdict: str
    note: str = ""


def difference(first: dict[str, Any], second: dict[str, Any], better: str) -> Difference:
    """Two entries of results["scores"][method][metric], of the same metric.

    Scores of clips are compared on the clips that both have; Fréchet distances draw by draw, which needs the
    same clips and draws on both sides.
    """
    if "clips" in first:
        return _of_clips(first["clips"], second["clips"], better)
    draws = [np.array(entry["draws"], float) for entry in (first, second)]
    value = second["value"] - first["value"]
    if len(draws[0]) != len(draws[1]) or not len(draws[0]):
        return Difference(value, np.nan, np.nan, "unknown", "other clips or draws")
    return _verdict(value, draws[1] - draws[0], better)


def _of_clips(first: dict[str, float | None], second: dict[str, float | None], better: str) -> Difference:
    pairs = {clip: (before, second[clip]) for clip, before in first.items() if clip in second}
    lost = [clip for clip, (before, after) in pairs.items() if before is not None and after is None]
    changes = [after - before for before, after in pairs.values() if before is not None and after is not None]
    note = f"no longer defined on {', '.join(lost)}" if lost else ""
    if not changes:
        return Difference(np.nan, np.nan, np.nan, "worse" if lost else "unknown", note or "no clip in common")
    if len(changes) < 2:
        return Difference(changes[0], np.nan, np.nan, "unknown", note or "one clip in common")
    resampled = means(changes, draws(len(changes), _DRAWS, 0))
    found = _verdict(float(np.mean(changes)), resampled, better)
    return found._replace(verdict="worse" if lost else found.verdict, note=note)


def _verdict(value: float, draws: np.ndarray, better: str) -> Difference:
    low, high = interval(draws)
    if low <= 0 <= high:
        return Difference(value, low, high, "same")
    return Difference(value, low, high, "better" if (high < 0) == (better == "lower") else "worse")
