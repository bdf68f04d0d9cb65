#!/usr/bin/env python3
"""Trained generator → a small .safetensors file that the animator finds.

    python scripts/export_weights.py checkpoints/drawing/latest_net_G_A.pth \\
        checkpoints/default/generator_drawing.safetensors \\
        --matte_margin 4 --soft_edge 1 --vacated filled --completed --half

The weights are stored in half precision, with how they are to be used (see module2_drawing/recipe.py).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError, run_cli
from module2_drawing.backends import generator_shape
from module2_drawing.recipe import VACATED, Recipe


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Trained generator → a small .safetensors file.")
    parser.add_argument("weights", help="*_net_G_A.pth of a training run")
    parser.add_argument("output", help="the .safetensors file")
    parser.add_argument("--matte_margin", type=int, default=0, help="as in training")
    parser.add_argument("--soft_edge", type=float, default=0.0, help="σ px of the edge of the matte")
    parser.add_argument("--vacated", default="static", choices=VACATED, help="what a moving head uncovers")
    parser.add_argument("--completed", action="store_true", help="mirror the photo into what lies outside")
    parser.add_argument("--half", action="store_true", help="the weights are used under bfloat16 autocast")
    parser.add_argument("--crispness", type=float, default=0.0, help="amount of an unsharp mask, σ 1 px")
    options = parser.parse_args(arguments)
    if not options.output.endswith(".safetensors"):
        raise InputError(f"cannot write {options.output}; end the name in .safetensors")
    state = checkpoints.load_state(options.weights)
    try:
        shape = generator_shape(state)
    except (KeyError, ValueError, IndexError):
        raise InputError(f"{options.weights} holds no warping generator; give a *_net_G_A.pth") from None
    recipe = Recipe(
        options.matte_margin,
        options.soft_edge,
        options.vacated,
        options.completed,
        options.half,
        options.crispness,
    )
    checkpoints.save_safetensors(options.output, state, recipe.metadata())
    print(f"{options.output}: {', '.join(f'{name} {value}' for name, value in shape.items())}")


if __name__ == "__main__":
    run_cli(main)
