"""Options of train.py."""

from __future__ import annotations

import argparse

from .base_options import BaseOptions


class TrainOptions(BaseOptions):
    is_train = True

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
