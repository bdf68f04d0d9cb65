"""Training programs, one a file: `--model NAME` is the subclass of TrainingModel in `NAME_model.py`."""

import argparse
from typing import Any

from ..published import names as published
from ..registry import find_class
from .base_model import TrainingModel


def find_model(name: str) -> tuple[type[TrainingModel], dict[str, Any]]:
    """The model class, and the defaults that this name of it sets. Raises InputError for an unknown name."""
    name, presets = published.MODELS.get(name, (name, {}))
    return find_class(__name__, name, "model", TrainingModel, "--model"), presets


def create_model(options: argparse.Namespace) -> TrainingModel:
    """The model that `options.model` names."""
    return find_model(options.model)[0](options)
