"""Models that test.py runs, one a file: `--model NAME` is the subclass of BaseModel in `NAME_model.py`."""

from __future__ import annotations

import argparse
from typing import Any

from ..registry import find_class
from .base_model import BaseModel

#: Names of the published program: ours.
ALIASES = {"geomcgt_ifw_test": "portrait_test"}


def find_model(name: str) -> tuple[type[BaseModel], dict[str, Any]]:
    """The model class, and the defaults that this name of it sets. Raises InputError for an unknown name."""
    return find_class(__name__, ALIASES.get(name, name), "model", BaseModel, "--model"), {}


def create_model(options: argparse.Namespace) -> BaseModel:
    """The model that `options.model` names."""
    return find_model(options.model)[0](options)
