"""Turn the answers of a user study into the paper's Table 2.

    python scripts/evaluate.py study-report ANSWERS --study results/study

ANSWERS is the folder of the files that the participants sent.
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "answers of a user study: the paper's Table 2"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("answers", type=Path, metavar="ANSWERS", help="folder of answer files (*.json)")
    add("--study", type=Path, required=True, metavar="DIR", help="study.json or its folder")
    add(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for study_table.md, .tex and .json (default: ANSWERS/table)",
    )
    add("--seed", type=int, default=0, help="seed of the bootstrap")


def run(options: argparse.Namespace) -> None:
    from module1_audio2lmk.foundation.errors import say

    from ..provenance import provenance
    from ..store import write_json, write_text
    from ..study import read_answers, read_manifest
    from ..study_report import shares, table
    from ..tables import latex, markdown

    manifest = read_manifest(options.study)
    answers = read_answers(options.answers, manifest)
    found = shares(manifest, answers, seed=options.seed)
    made = [table(manifest, found, len(answers))]
    out = options.out or options.answers / "table"
    content = {"provenance": provenance(), "participants": len(answers), "shares": found}
    write_json(out / "study_table.json", content | {"questions": manifest["questions"]})
    write_text(out / "study_table.md", markdown(made))
    write_text(out / "study_table.tex", latex(made))
    print(markdown(made))
    say(f"results: {out / 'study_table.json'}")
