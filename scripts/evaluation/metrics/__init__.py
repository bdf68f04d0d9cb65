"""Metrics, found by name, a file for each kind.

A metric of single clips is a function Sample → float, registered by `@clip_metric`; NaN says that it is not
defined there. A metric of sets (the Fréchet distances) turns frames into features; its file ends with
`register(Metric(…, features=…))`. To add one, add a file: all files of this folder are read.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal

import numpy as np

from ..sample import Sample
from ..store import check_names

ClipFunction = Callable[[Sample], float]
#: frames (T, H, W, 3) uint8 RGB → features (T, D)
Features = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Files:
    """Files of the user that some metrics need: None where there is none."""

    inception: str | None = None
    identity: str | None = None
    landmark_net: str | None = None
    checkpoints_dir: str | os.PathLike[str] = "checkpoints"


@dataclass(frozen=True)
class Metric:
    """One column of the table.

    measure: of one clip; the score of a method is the mean over clips. features: of a set metric, made from
    the user's files. files: those that it reads, None where one is not there. general: whether it is measured
    without being asked for. definition: what is measured, in words.
    """

    name: str
    label: str
    unit: str
    better: Literal["lower", "higher"]
    decimals: int
    definition: str
    measure: Callable[[Files], ClipFunction] | None = None
    features: Callable[[Files], Features] | None = None
    files: Callable[[Files], list[Path] | None] = lambda files: []
    general: bool = True


_METRICS: dict[str, Metric] = {}


def clip_metric(
    name: str,
    label: str,
    better: Literal["lower", "higher"],
    unit: str = "",
    decimals: int = 3,
    general: bool = True,
) -> Callable[[ClipFunction], ClipFunction]:
    """Register a function Sample → float; the first paragraph of its docstring is the definition."""

    def registered(function: ClipFunction) -> ClipFunction:
        definition = " ".join((function.__doc__ or "").partition("\n\n")[0].split())
        kept = Metric(
            name, label, unit, better, decimals, definition, lambda files: function, general=general
        )
        register(kept)
        return function

    return registered


def register(metric: Metric) -> None:
    """Register a metric that needs more than a function: files, or features."""
    _METRICS[metric.name] = metric


@cache
def known() -> dict[str, Metric]:
    """All metrics by name; clip by clip ones in alphabetical order after those of the paper's table."""
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        import_module(f"{__name__}.{path.stem}")
    first = ["fid", "frechet_filterbank", "inter_frame_ssim", "lmd"]
    return {name: _METRICS[name] for name in first + sorted(set(_METRICS) - set(first))}


def choose(names: list[str] | None, files: Files) -> dict[str, Metric]:
    """The metrics of these names; without names, all whose files are there.

    Raises InputError for an unknown name, and for one whose files are not there.
    """
    metrics = known()
    if names is None:
        return {name: m for name, m in metrics.items() if m.general and m.files(files) is not None}
    check_names(names, metrics, "metric")
    chosen = {name: metric for name, metric in metrics.items() if name in names}
    for metric in chosen.values():
        if metric.files(files) is None and (make := metric.features or metric.measure):
            make(files)  # says in one line what is missing and what there is instead
    return chosen
