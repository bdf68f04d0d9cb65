"""Summary of a run: scores of clips → means, intervals, and how the methods stand against each other."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from module1_audio2lmk.foundation.errors import InputError

from . import bootstrap, metrics
from .evaluator import REFERENCE_FOLDER, Evaluator, Plan
from .frechet import frechet_distance
from .methods import Method
from .provenance import describe_file, provenance
from .store import Store, read_arrays

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
    clips = [subject.name for subject in plan.subjects if subject.clip and subject.name not in skipped]
    evaluator = Evaluator(plan)
    pairs = {
        row: {clip: _arrays(evaluator.store.pair(row, clip)) for clip in clips} for row in evaluator.rows
    }
    scores: dict[str, dict[str, Any]] = {row: {} for row in evaluator.rows}
    rivals = [row for row, method in evaluator.rows.items() if not method.sees_clip and not method.measured]
    for name, metric in evaluator.metrics.items():
        if metric.measure:
            raw = {
                row: {clip: float(pair.get(name, np.nan)) for clip, pair in of.items()}
                for row, of in pairs.items()
            }
            entries = entries_of(raw, metric.better, rivals, draws)
        else:
            made = {
                row: [pair[name] for pair in pairs[row].values()]
                for row, method in evaluator.rows.items()
                if not method.measured
            }
            entries = _of_sets(made, references(plan, skipped, name), draws)
            note_standings(entries, metric.better, rivals)
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
            if subject.name in clips and subject.clip and not subject.is_clip
        },
        "skipped": skipped,
        "frames": {clip: int(pair["frames"]) for clip, pair in pairs[plan.rows[0].name].items()},
        "metrics": {name: _about(metric) for name, metric in evaluator.metrics.items()},
        "methods": {name: _describe(method, pairs[name]) for name, method in evaluator.rows.items()},
        "scores": scores,
    }


def entries_of(raw: Scores, better: str, rivals: list[str], draws: Draws) -> dict[str, dict[str, Any]]:
    """Row → value, interval, standing, and scores of clips, of a metric of single clips."""
    result = {}
    for row, of_clip in raw.items():
        values = list(of_clip.values())
        drawn = bootstrap.draws(len(values), draws.count if len(values) > 1 else 0, draws.seed)
        result[row] = _entry(bootstrap.mean(values), bootstrap.means(values, drawn)) | {"clips": of_clip}
    note_standings(result, better, rivals)
    return result


def references(plan: Plan, skipped: dict[str, str], name: str) -> list[np.ndarray] | np.ndarray:
    """What frames are compared with by a set metric: for clips a set each, for photos one set of all."""
    store = Store(plan.out)
    if plan.drawings is not None:
        return _arrays(store.reference(REFERENCE_FOLDER))[name]
    used = [subject for subject in plan.subjects if subject.name not in skipped]
    found = [_arrays(store.reference(subject.name))[name] for subject in used]
    return found if used[0].is_clip else np.concatenate(found)


def _of_sets(
    made: dict[str, list[np.ndarray]], against: list[np.ndarray] | np.ndarray, draws: Draws
) -> dict[str, dict[str, Any]]:
    """Row → value, interval and draws, of a Fréchet distance. made: features of a row's clips."""
    result = {}
    for row, features in made.items():
        count = len(features)
        value = _distance(features, against, np.arange(count))
        drawn = bootstrap.draws(count, draws.sets if count > 1 else 0, draws.seed)
        distances = np.array([_distance(features, against, indices) for indices in drawn])
        resampled = bootstrap.centred(distances, value)
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


def note_standings(entries: dict[str, dict[str, Any]], better: str, rivals: list[str]) -> None:
    """Note in each rival's entry how it stands: "best", "within" the interval of the best, or "worse"; the
    draws go.

    The interval is that of the difference in the same draws of clips: methods are compared clip by clip.
    """
    known = [entries[row] for row in rivals if row in entries and np.isfinite(entries[row]["value"])]
    sign = 1 if better == "lower" else -1
    best = min(known, key=lambda entry: sign * entry["value"], default={})
    for entry in known:
        entry["standing"] = _against(entry, best, sign)
    for entry in entries.values():
        del entry["all_draws"]


def _against(values: dict[str, Any], best: dict[str, Any], sign: int) -> str | None:
    if values["value"] == best["value"]:
        return "best"
    apart = bootstrap.interval(sign * (values["all_draws"] - best["all_draws"]))
    return None if np.isnan(apart.low) else "worse" if apart.low > 0 else "within"


def _arrays(path: Path) -> dict[str, np.ndarray]:
    if (arrays := read_arrays(path)) is None:
        raise InputError(f"{path} is missing or damaged; run the evaluation again")
    return arrays


def _about(metric: metrics.Metric) -> dict[str, Any]:
    kept = {name: getattr(metric, name) for name in ("label", "unit", "better", "decimals", "definition")}
    return kept | {"of": "clips" if metric.measure else "sets"}


def _describe(method: Method, pairs: dict[str, Any]) -> dict[str, Any]:
    frames = sum(int(pair["frames"]) for pair in pairs.values())
    seconds = sum(float(pair["frames"] * pair["seconds_per_frame"]) for pair in pairs.values())
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
    own = "the clips' own frames, drawn one by one as the program draws at rest"
    if not plan.subjects[0].is_clip:
        own = "drawings of the photos at rest"
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
