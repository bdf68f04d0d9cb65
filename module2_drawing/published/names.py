"""Names of the published program, and what they are here; the weight files of its experiments."""

import argparse
from pathlib import Path
from typing import Any

from torch import nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError

#: `--model` of test.py: there is one, by our name and the published one.
TEST_MODELS = ("portrait_test", "geomcgt_ifw_test")
#: `--model` of train.py: our name, and the options that such a model sets.
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "geomgm_ifw_fore": ("portrait", {}),
    "geomgm_ifw_cartoon_fore": (
        "portrait",
        {"style": "cartoon", "coherent": 0, "coh_use_more": 0, "select_target12_thre": 0.0},
    ),
}
#: `--name` of its experiments: their generator; without their files they run on the weights trained here.
EXPERIMENTS = {"formal/drawing": "generator_drawing", "formal/cartoon": "generator_cartoon"}


def weights_path(options: argparse.Namespace, network: str) -> Path:
    """The file of a network ("G_A", "D_A", …) that `--name`, `--epoch` and `--load_iter` say."""
    label = f"iter_{options.load_iter}" if options.load_iter > 0 else options.epoch
    return Path(options.checkpoints_dir) / options.name / f"{label}_net_{network}.pth"


def load_weights(network: nn.Module, options: argparse.Namespace, name: str) -> None:
    """Load the network of this name. Raises InputError for a missing, damaged or wrong file."""
    path = weights_path(options, name)
    if not path.is_file():
        raise InputError(f"no weights {path}; check --name, --epoch and --checkpoints_dir")
    checkpoints.load_into(network, checkpoints.load_state(path), path)
