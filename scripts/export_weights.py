#!/usr/bin/env python3
"""Export: a network of a training run → a small .safetensors file that is found by its name.

    python scripts/export_weights.py checkpoints/drawing/latest_net_G_A.pth \\
        checkpoints/default/generator_drawing.safetensors --completed --crispness 1
    python scripts/export_weights.py checkpoints/landmarks/latest_net_M.pth \\
        checkpoints/default/landmark_net.safetensors

With `--average OTHER` the mean of two stages of one training is stored: what the second has learnt, without
all that it has forgotten (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).

Published weights are taken over in the same way, with a note of where they are from:

    python scripts/export_weights.py pretrained.pt speaker_encoder.safetensors \\
        --source "Resemblyzer 0.1.4, Apache-2.0"

The weights are stored in half precision, with the name and the arguments of their network, which are those of
the run's options.json. Those of a generator also say how they are to be used (see
module2_drawing/rendering/settings.py; what is not given is as in their training run).
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.checkpoints import build, describe, save_network
from module1_audio2lmk.foundation.errors import InputError, run_cli
from module2_drawing.networks import WarpGenerator
from module2_drawing.rendering.settings import VACATED, InferenceSettings


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; SystemExit with a usage message where it does not parse."""
    parser = argparse.ArgumentParser(description="Trained weights → a small .safetensors file.")
    add = parser.add_argument
    add("weights", help="*_net_NAME.pth of a run, a published file, or one made by this")
    add("output", help="the .safetensors file")
    add("--matte_margin", type=int, help="as in training")
    add("--soft_edge", type=float, help="σ px of the edge of the matte")
    add("--vacated", choices=VACATED, help="what a moving head uncovers")
    add("--completed", action="store_true", default=None, help="continue the photo where it is cut off")
    add("--half", action="store_true", default=None, help="the weights are used under bfloat16 autocast")
    add("--crispness", type=float, help="amount of an unsharp mask, σ 1 px")
    add("--average", metavar="OTHER", help="weights to average these with, of the same network")
    add("--source", metavar="TEXT", help="where the weights of others are from, and licence")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    if not options.output.endswith(".safetensors"):
        raise InputError(f"cannot write {options.output}; end the name in .safetensors")
    network: nn.Module = build(options.weights)
    if options.average:
        other = checkpoints.load_state(options.average)
        network.load_state_dict(mean(network.state_dict(), other, options.average))
    about = usage(options) if isinstance(network, WarpGenerator) else {}
    if options.source:
        about |= {"source": options.source}
    built_with = describe(options.weights)[1]
    save_network(options.output, network, built_with, about)
    shown = [type(network).__name__, *(f"{argument} {value}" for argument, value in built_with.items())]
    print(f"{options.output}: {', '.join(shown)}")


def mean(state: dict[str, Tensor], other: dict[str, Tensor], path: str) -> dict[str, Tensor]:
    """The mean of two state dicts. Raises InputError where `other`, from `path`, is of another network."""
    if {name: value.shape for name, value in state.items()} != {n: v.shape for n, v in other.items()}:
        raise InputError(f"{path} is of another network; give weights of the same shape to --average")
    return {name: (value.float() + other[name].float()) / 2 for name, value in state.items()}


def usage(options: argparse.Namespace) -> dict[str, str]:
    """The metadata of a generator's file that say how it is to be used."""
    given = ("matte_margin", "soft_edge", "vacated", "completed", "half", "crispness")
    changes = {name: getattr(options, name) for name in given if getattr(options, name) is not None}
    return replace(InferenceSettings.of(Path(options.weights)), **changes).metadata()


if __name__ == "__main__":
    run_cli(main)
