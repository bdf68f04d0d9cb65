"""Flags of published commands that change nothing here: accepted, so that those commands run."""

import argparse
import math
from typing import Any

#: Command → flag → what argparse is told of it.
FLAGS: dict[str, dict[str, dict[str, Any]]] = {
    # Nothing is ever reused.
    "main_end2end": {"--rerun": {"type": int, "default": 0}},
    # Helper networks run where the model runs; networks have instance norms and no dropout.
    "module2_drawing": {
        "--gpu_ids_p": {"default": "0"},
        "--no_dropout": {"action": "store_true"},
        "--norm": {"default": "instance", "choices": ["instance"]},
        "--direction": {"default": "AtoB", "choices": ["AtoB"]},
    },
    # Convolutions are those of torch.
    "module2_drawing/train.py": {"--direct_convolutions": {"action": "store_true"}},
    # Frames are counted by --num_test; networks are always in evaluation mode.
    "module2_drawing/test.py": {
        "--ntest": {"type": float, "default": math.inf},
        "--eval": {"action": "store_true"},
    },
    # Landmarks are not drawn, and drawings always have their background.
    "portrait_test": {
        "--truncate": {"type": float, "default": 0.0},
        "--draw_op": {"type": int, "default": 0, "choices": [0]},
        "--blendbg": {"type": int, "default": 1, "choices": [0, 1]},
    },
}


def add_published_flags(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the flags of one command of `FLAGS`, as a group of their own in --help."""
    group = parser.add_argument_group("accepted for published commands, without effect")
    for flag, settings in FLAGS[command].items():
        group.add_argument(flag, help="accepted for published commands", **settings)
