"""Compare generators trained with single losses switched off: the paper's Fig. 6 and 7, and a table.

    python scripts/evaluate.py ablation CLIPS --clips validation.txt --out results/ablation \\
        --run full=runs/full --run "no identity loss=runs/no_identity" …

A run is the folder of a training run or a weight file; the first is what the others are compared with.
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "runs with single losses switched off: the paper's Fig. 6 and 7"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from ..options import add_clip_arguments

    add_clip_arguments(parser)
    parser.add_argument(
        "--run",
        action="append",
        required=True,
        dest="runs",
        metavar="NAME=PATH",
        help="a training run; repeat it, the full one first",
    )


def run(options: argparse.Namespace) -> None:
    from module1_audio2lmk.foundation.errors import say

    from ..ablation import ablation_table, write_ablation
    from ..options import carry_out, clip_plan
    from ..store import write_text
    from ..tables import latex, markdown

    results = carry_out(options, clip_plan(options, rows(options.runs)))
    made = [ablation_table(results)]
    write_text(options.out / "ablation.md", markdown(made))
    write_text(options.out / "ablation.tex", latex(made))
    page = write_ablation(options.out, results)
    print(markdown(made))
    say(f"ablation: {page}")


def rows(given: list[str]) -> list:
    """NAME=PATH, … → rows of ours with those weights. InputError where it is not of that form."""
    from module1_audio2lmk.foundation.errors import InputError

    from ..ablation import weights_of
    from ..evaluator import Row
    from ..store import slug

    made = []
    for text in given:
        label, equals, path = text.partition("=")
        if not (equals and label and path):
            raise InputError(f"{text!r} is not NAME=PATH; give a name for the table and a run")
        made.append(Row(slug(label), "ours", {"label": label, "generator_file": str(weights_of(Path(path)))}))
    if len({row.name for row in made}) < len(made) or len(made) < 2:
        raise InputError("give at least two --run, each with a name of its own")
    return made
