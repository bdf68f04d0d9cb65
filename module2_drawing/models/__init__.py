"""Models that test.py runs, one a file: `--model NAME` is the subclass of BaseModel in `NAME_model.py`."""

import argparse
from typing import Any

from ..published import names as published
from ..registry import find_class
from .base_model import BaseModel


def find_model(name: str) -> tuple[type[BaseModel], dict[str, Any]]:
    """The model class, and the defaults that this name of it sets. Raises InputError for an unknown name."""
    name = published.TEST_MODELS.get(name, name)
    return find_class(__name__, name, "model", BaseModel, "--model"), {}


def create_model(options: argparse.Namespace) -> Any:
    """The model that `options.model` names."""
    return find_model(options.model)[0](options)
