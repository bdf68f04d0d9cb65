"""Models: options of their own, named networks, and weights saved and found by epoch."""

import argparse
from pathlib import Path

from torch import nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError


class BaseModel:
    """`networks` maps the published names ("G_A", "D_A", …) to modules; files are EPOCH_net_NAME.pth."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.device = options.device
        self.networks: dict[str, nn.Module] = {}

    @staticmethod
    def add_options(parser: argparse.ArgumentParser, is_train: bool) -> None:
        """Add the model's own options to the parser, or change defaults."""

    @property
    def folder(self) -> Path:
        """Where this experiment's weights are."""
        return Path(self.options.checkpoints_dir) / self.options.name

    def weights_path(self, network: str) -> Path:
        """The file that `--epoch` and `--load_iter` name."""
        label = f"iter_{self.options.load_iter}" if self.options.load_iter > 0 else self.options.epoch
        return self.folder / f"{label}_net_{network}.pth"

    def load_networks(self, names: list[str] | None = None) -> None:
        """Load the named networks, else all. Raises InputError for a missing, damaged or wrong file."""
        for name in names or list(self.networks):
            path = self.weights_path(name)
            if not path.is_file():
                raise InputError(f"no weights {path}; check --name, --epoch and --checkpoints_dir")
            checkpoints.load_into(self.networks[name], checkpoints.load_state(path), path)
