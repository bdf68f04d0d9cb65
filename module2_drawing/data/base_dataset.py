"""Data sets: options of their own, a length, and items made from an index alone."""

import argparse
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from ..options.flags import Flag


class BaseDataset(Dataset):
    """Items depend on `options.seed`, the epoch and the index only, whatever process loads them."""

    FLAGS: tuple[Flag, ...] = ()  # options of its own

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.epoch = 1

    def generator(self, index: int) -> np.random.Generator:
        """The source of everything random in item `index`."""
        return np.random.default_rng([self.options.seed, self.epoch, index])

    def __len__(self) -> int:
        raise NotImplementedError

    def __getitem__(self, index: int) -> dict[str, Any]:
        raise NotImplementedError
