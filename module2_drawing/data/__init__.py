"""Data sets, one a file: `--dataset_mode NAME` is the subclass of BaseDataset in `NAME_dataset.py`."""

import argparse

from ..registry import find_class
from .base_dataset import BaseDataset

#: Names of the published program.
ALIASES = {"umlvdfw_test": "portrait_test", "umlvd_ifw": "portrait", "umlvd_ifw_cartoon": "portrait"}


def find_dataset(name: str) -> type[BaseDataset]:
    """Raises InputError for an unknown name."""
    return find_class(__name__, ALIASES.get(name, name), "dataset", BaseDataset, "--dataset_mode")


def create_dataset(options: argparse.Namespace) -> BaseDataset:
    """The data set that `options.dataset_mode` names."""
    return find_dataset(options.dataset_mode)(options)
