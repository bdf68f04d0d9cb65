"""Summary of a run: scores of clips → means, intervals, and how the methods stand against each other."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from module1_audio2lmk.foundation.errors import InputError

from . import bootstrap, metrics
from .evaluator import REFERENCE_FOLDER, Evaluator, Plan
from .frechet import frechet_distance
from .methods import Method
from .photos import Photo
from .provenance import describe_file, provenance
from .store import Store, read_arrays, read_scores

FORMAT = 2
#: Score of each row (and clip): NaN where it is not defined.
Scores = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Draws:
    """How intervals are made: number of draws for means, and for set metrics, which cost more."""

    count: int = 2000
    sets: int = 200
    seed: int = 0


def summarise(plan: Plan, skipped: dict[str, str], draws: Draws) -> dict[str, Any]:
    """The content of results.json. Raises InputError where a score is missing."""
    clips = [subject.name for subject in plan.subjects if subject.moved and subject.name not in skipped]
    evaluator = Evaluator(plan)
    pairs = {row: {clip: _scores(evaluator.store, row, clip) for clip in clips} for row in evaluator.rows}
    scores: dict[str, dict[str, Any]] = {row: {} for row in evaluator.rows}
    rivals = [row for row, method in evaluator.rows.items() if not method.sees_clip and not method.measured]
    for name, metric in evaluator.metrics.items():
        if metric.measure:
            raw = {row: {clip: _value(pair, name) for clip, pair in of.items()} for row, of in pairs.items()}
            entries = entries_of(raw, metric.better, rivals, draws)
        else:
            moving = [row for row, method in evaluator.rows.items() if not method.measured]
            entries = _of_sets(name, moving, clips, references(plan, skipped, name), evaluator.store, draws)
            stand(entries, metric.better, rivals)
        for row, entry in entries.items():
            scores[row][name] = entry
    return {
        "format": FORMAT,
        "provenance": provenance(),
        "settings": _settings(plan, draws, evaluator),
        "clips": clips,
        "photos": {
            subject.name: {"group": subject.group, "clip": subject.clip.stem}
            for subject in plan.subjects
            if isinstance(subject, Photo) and subject.clip and subject.name in clips
        },
        "skipped": skipped,
        "frames": {clip: pairs[plan.rows[0].name][clip]["frames"] for clip in clips},
        "metrics": {name: _about(metric) for name, metric in evaluator.metrics.items()},
        "methods": {name: _describe(method, pairs[name]) for name, method in evaluator.rows.items()},
        "scores": {row: {name: _public(entry) for name, entry in of.items()} for row, of in scores.items()},
    }


def entries_of(raw: Scores, better: str, rivals: list[str], draws: Draws) -> dict[str, dict[str, Any]]:
    """Row → value, interval, standing, and scores of clips, of a metric of single clips."""
    result = {}
    for row, of_clip in raw.items():
        values = list(of_clip.values())
        drawn = bootstrap.draws(len(values), draws.count if len(values) > 1 else 0, draws.seed)
        result[row] = _entry(bootstrap.mean(values), bootstrap.means(values, drawn)) | {"clips": of_clip}
    stand(result, better, rivals)
    return result


def references(plan: Plan, skipped: dict[str, str], name: str) -> list[np.ndarray] | np.ndarray:
    """What frames are compared with by a set metric: for clips a set each, for photos one set of all."""
    store = Store(plan.out)
    if plan.drawings is not None:
        return _features(store.reference(REFERENCE_FOLDER), name)
    used = [subject for subject in plan.subjects if subject.name not in skipped]
    found = [_features(store.reference(subject.name), name) for subject in used]
    return np.concatenate(found) if isinstance(used[0], Photo) else found


def _of_sets(
    name: str,
    rows: list[str],
    clips: list[str],
    against: list[np.ndarray] | np.ndarray,
    store: Store,
    draws: Draws,
) -> dict[str, dict[str, Any]]:
    """Row → value, interval and draws, of a Fréchet distance."""
    drawn = bootstrap.draws(len(clips), draws.sets if len(clips) > 1 else 0, draws.seed)
    whole = np.arange(len(clips))
    result = {}
    for row in rows:
        made = [_features(store.pair(row, clip, ".npz"), name) for clip in clips]
        value = _distance(made, against, whole)
        draws_of_it = np.array([_distance(made, against, indices) for indices in drawn])
        resampled = bootstrap.centred(draws_of_it, value)
        result[row] = _entry(value, resampled) | {"draws": resampled.tolist()}
    return result


def _distance(made: list[np.ndarray], reference: list[np.ndarray] | np.ndarray, indices: np.ndarray) -> float:
    """Fréchet distance of some drawn clips: from the same clips' references, or from one fixed set."""
    against = reference
    if isinstance(against, list):
        against = np.concatenate([against[index] for index in indices])
    return frechet_distance(np.concatenate([made[index] for index in indices]), against)


def _entry(value: float, resampled: np.ndarray) -> dict[str, Any]:
    low, high = bootstrap.interval(resampled)
    return {"value": value, "low": low, "high": high, "all_draws": resampled}


def stand(entries: dict[str, dict[str, Any]], better: str, rivals: list[str]) -> None:
    """Note in each rival's entry how it stands: "best", "within" the interval of the best, or "worse".

    The interval is that of the difference in the same draws of clips: methods are compared clip by clip.
    """
    known = {row: entries[row] for row in rivals if row in entries and np.isfinite(entries[row]["value"])}
    if not known:
        return
    sign = 1 if better == "lower" else -1
    best = min(known, key=lambda row: sign * known[row]["value"])
    for row, values in known.items():
        values["standing"] = "best" if row == best else _against(values, known[best], sign)


def _against(values: dict[str, Any], best: dict[str, Any], sign: int) -> str | None:
    if values["value"] == best["value"]:
        return "best"
    apart = bootstrap.interval(sign * (values["all_draws"] - best["all_draws"]))
    return None if np.isnan(apart.low) else "worse" if apart.low > 0 else "within"


def _public(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "all_draws"}


def _scores(store: Store, row: str, clip: str) -> dict[str, Any]:
    content = read_scores(store.pair(row, clip))
    if content is None:
        raise InputError(f"{store.pair(row, clip)} is missing or damaged; run the evaluation again")
    return content


def _value(pair: dict[str, Any], name: str) -> float:
    value = pair["scores"].get(name)
    return float("nan") if value is None else value


def _features(path: Any, name: str) -> np.ndarray:
    arrays = read_arrays(path)
    if name not in arrays:
        raise InputError(f"{path} is missing or damaged; run the evaluation again")
    return arrays[name]


def _about(metric: metrics.Metric) -> dict[str, Any]:
    kept = {name: getattr(metric, name) for name in ("label", "unit", "better", "decimals", "definition")}
    return kept | {"of": "clips" if metric.measure else "sets"}


def _describe(method: Method, pairs: dict[str, Any]) -> dict[str, Any]:
    frames = sum(pair["frames"] for pair in pairs.values())
    seconds = sum(pair["frames"] * pair["seconds_per_frame"] for pair in pairs.values())
    return {
        "label": method.label,
        "kind": type(method).name,
        "sees_clip": method.sees_clip,
        "at_rest": method.measured is not None,
        "weights": [describe_file(path) for path in method.weights()],
        "about": method.describe(),
        "seconds_per_frame": round(seconds / max(frames, 1), 4),
    }


def _settings(plan: Plan, draws: Draws, evaluator: Evaluator) -> dict[str, Any]:
    own = "the clips' own frames, drawn one by one"
    if isinstance(plan.subjects[0], Photo):
        own = "static drawings of the photos"
    return {
        "style": plan.settings.style,
        "drive": plan.drive,
        "landmarks": evaluator.drive.description,
        "landmark_weights": [describe_file(path) for path in evaluator.drive_weights()],
        "metric_files": [describe_file(path) for path in evaluator.metric_files()],
        "device": str(evaluator.studio.device),
        "seconds": plan.seconds,
        "step": plan.step,
        "references": str(plan.drawings) if plan.drawings else own,
        "seed": plan.seed,
        "bootstrap": asdict(draws),
    }
