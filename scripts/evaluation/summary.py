"""Scores of clips → the result file: means, intervals, and how the methods stand against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from module1_audio2lmk.foundation.errors import InputError

from . import bootstrap, metrics
from .frechet import frechet_distance
from .methods import Method
from .protocol import REFERENCE_FOLDER, Evaluator, Plan
from .provenance import describe_file, provenance
from .store import Store, read_arrays, read_scores

FORMAT = 1


@dataclass(frozen=True)
class Draws:
    """How intervals are made: number of draws for means, and for set metrics, which cost more."""

    count: int = 2000
    sets: int = 200
    seed: int = 0


def summarise(plan: Plan, skipped: dict[str, str], draws: Draws) -> dict[str, Any]:
    """The content of results.json. Raises InputError where a score is missing."""
    films = [path.stem for path in plan.films if path.stem not in skipped]
    store = Store(plan.out)
    chosen = metrics.choose(plan.metrics, plan.files)
    evaluator = Evaluator(plan)
    pairs = {row: {film: _scores(store, row, film) for film in films} for row in evaluator.rows}
    scores: dict[str, dict[str, Any]] = {row: {} for row in evaluator.rows}
    for name, metric in chosen.items():
        of_rows = (
            _of_clips(name, pairs, films, draws)
            if metric.measure
            else _of_sets(name, plan, films, pairs, draws)
        )
        rivals = {row: values for row, values in of_rows.items() if not evaluator.rows[row].sees_film}
        _stand(rivals, metric.better)
        for row, values in of_rows.items():
            values.pop("all_draws")
            scores[row][name] = values
    return {
        "format": FORMAT,
        "provenance": provenance(),
        "settings": _settings(plan, draws, evaluator),
        "films": films,
        "skipped": skipped,
        "frames": {film: pairs[plan.rows[0].name][film]["frames"] for film in films},
        "metrics": {name: _about(metric) for name, metric in chosen.items()},
        "methods": {name: _describe(method, pairs[name]) for name, method in evaluator.rows.items()},
        "scores": scores,
    }


def _of_clips(
    name: str, pairs: dict[str, dict[str, Any]], films: list[str], draws: Draws
) -> dict[str, dict[str, Any]]:
    """Row → value, interval and scores of clips, of a metric of single clips."""
    drawn = bootstrap.draws(len(films), draws.count, draws.seed)
    result = {}
    for row, of_film in pairs.items():
        raw = {film: of_film[film]["scores"][name] for film in films}
        values = [float("nan") if score is None else score for score in raw.values()]
        resampled = bootstrap.means(values, drawn)
        result[row] = _entry(bootstrap.mean(values), resampled, len(films)) | {"films": raw}
    return result


def _of_sets(
    name: str, plan: Plan, films: list[str], pairs: dict[str, Any], draws: Draws
) -> dict[str, dict[str, Any]]:
    """Row → value, interval and draws, of a Fréchet distance."""
    store = Store(plan.out)
    drawn = bootstrap.draws(len(films), draws.sets if len(films) > 1 else 0, draws.seed)
    whole = np.arange(len(films))
    result = {}
    for row in pairs:
        made = [_features(store.pair(row, film, ".npz"), name) for film in films]
        distance = _distance(made, _references(store, plan, films, name))
        resampled = bootstrap.centred(bootstrap.of_sets(distance, drawn), distance(whole))
        result[row] = _entry(distance(whole), resampled, len(films)) | {"draws": resampled.tolist()}
    return result


def _distance(
    made: list[np.ndarray], reference: list[np.ndarray] | np.ndarray
) -> Callable[[np.ndarray], float]:
    """Fréchet distance of drawn clips: from the same clips' references, or from one fixed set."""

    def distance(indices: np.ndarray) -> float:
        if isinstance(reference, np.ndarray):
            against = reference
        else:
            against = np.concatenate([reference[index] for index in indices])
        return frechet_distance(np.concatenate([made[index] for index in indices]), against)

    return distance


def _references(store: Store, plan: Plan, films: list[str], name: str) -> list[np.ndarray] | np.ndarray:
    if plan.drawings is not None:
        return _features(store.reference(REFERENCE_FOLDER), name)
    return [_features(store.reference(film), name) for film in films]


def _entry(value: float, resampled: np.ndarray, films: int) -> dict[str, Any]:
    low, high = bootstrap.interval(resampled) if films > 1 else (float("nan"), float("nan"))
    return {"value": value, "low": low, "high": high, "all_draws": resampled if films > 1 else None}


def _stand(rivals: dict[str, dict[str, Any]], better: str) -> None:
    """Note in each row how it stands: "best", "within" the interval of the best, or "worse".

    The interval is that of the difference in the same draws of clips: methods are compared clip by clip.
    `alone` says that the best is better than all others beyond that interval.
    """
    known = {row: values for row, values in rivals.items() if np.isfinite(values["value"])}
    if not known:
        return
    sign = 1 if better == "lower" else -1
    best = min(known, key=lambda row: sign * known[row]["value"])
    for row, values in known.items():
        values["standing"] = "best" if row == best else _against(values, known[best], sign)
    others = [values["standing"] for row, values in known.items() if row != best]
    known[best]["alone"] = bool(others) and all(standing == "worse" for standing in others)


def _against(values: dict[str, Any], best: dict[str, Any], sign: int) -> str | None:
    if values["value"] == best["value"]:
        return "best"
    if values["all_draws"] is None:
        return None
    apart = bootstrap.interval(sign * (values["all_draws"] - best["all_draws"]))
    return "worse" if apart.low > 0 else "within"


def _scores(store: Store, row: str, film: str) -> dict[str, Any]:
    content = read_scores(store.pair(row, film))
    if content is None:
        raise InputError(f"{store.pair(row, film)} is missing or damaged; run the evaluation again")
    return content


def _features(path: Any, name: str) -> np.ndarray:
    arrays = read_arrays(path)
    if name not in arrays:
        raise InputError(f"{path} is missing or damaged; run the evaluation again")
    return arrays[name]


def _about(metric: metrics.Metric) -> dict[str, Any]:
    about = asdict(metric)
    kept = {name: about[name] for name in ("label", "unit", "better", "decimals", "definition")}
    return kept | {"of": "clips" if metric.measure else "sets"}


def _describe(method: Method, pairs: dict[str, Any]) -> dict[str, Any]:
    frames = sum(pair["frames"] for pair in pairs.values())
    seconds = sum(pair["frames"] * pair["seconds_per_frame"] for pair in pairs.values())
    return {
        "label": method.label,
        "kind": type(method).name,
        "sees_film": method.sees_film,
        "weights": [describe_file(path) for path in method.weights()],
        "about": method.describe(),
        "seconds_per_frame": round(seconds / max(frames, 1), 4),
    }


def _settings(plan: Plan, draws: Draws, evaluator: Evaluator) -> dict[str, Any]:
    return {
        "style": plan.settings.style,
        "drive": plan.drive,
        "landmarks": evaluator.drive.description,
        "landmark_weights": [describe_file(path) for path in evaluator.drive_weights()],
        "device": str(evaluator.studio.device),
        "seconds": plan.seconds,
        "step": plan.step,
        "references": str(plan.drawings) if plan.drawings else "the clips' own frames, drawn one by one",
        "seed": plan.seed,
        "bootstrap": asdict(draws),
    }
