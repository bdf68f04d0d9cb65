"""Training programs, one a file: `--model NAME` is the subclass of TrainingModel in `NAME_model.py`."""

from __future__ import annotations

import argparse
from typing import Any

from ..registry import find_class
from .base_model import TrainingModel

#: Names of the published program: our name, and the options that such a model sets.
ALIASES: dict[str, tuple[str, dict[str, Any]]] = {
    "geomgm_ifw_fore": ("portrait", {}),
    "geomgm_ifw_cartoon_fore": (
        "portrait",
        {"style": "cartoon", "coherent": 0, "coh_use_more": 0, "select_target12_thre": 0.0},
    ),
}


def find_model(name: str) -> tuple[type[TrainingModel], dict[str, Any]]:
    """The model class, and the defaults that this name of it sets. Raises InputError for an unknown name."""
    name, presets = ALIASES.get(name, (name, {}))
    return find_class(__name__, name, "model", TrainingModel, "--model"), presets


def create_model(options: argparse.Namespace) -> TrainingModel:
    """The model that `options.model` names."""
    return find_model(options.model)[0](options)
