"""Comparison of scores: differences clip by clip, and their intervals."""

from typing import Any, NamedTuple

import numpy as np

from . import bootstrap

_DRAWS = 2000


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
    resampled = bootstrap.means(changes, bootstrap.draws(len(changes), _DRAWS, 0))
    found = _verdict(float(np.mean(changes)), resampled, better)
    return found._replace(verdict="worse" if lost else found.verdict, note=note)


def _verdict(value: float, draws: np.ndarray, better: str) -> Difference:
    low, high = bootstrap.interval(draws)
    if low <= 0 <= high:
        return Difference(value, low, high, "same")
    return Difference(value, low, high, "better" if (high < 0) == (better == "lower") else "worse")
