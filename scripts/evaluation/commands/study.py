"""Make a user study of a finished run: one page that needs no server.

    python scripts/evaluate.py study --from results/drawing --out results/study

study.html is handed out; every participant sends back the file of answers that the page saves. study.json
stays here: it says which video is whose. `study-report` reads both.
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "make the page of a user study"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from ..options import names

    add = parser.add_argument
    add("--from", dest="source", type=Path, required=True, metavar="DIR", help="--out of a drawing run")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for study.html and study.json")
    add("--methods", type=names, metavar="NAME,…", help="default: all that do not see the clip")
    add("--only", type=names, metavar="CLIP,…", help="default: all clips of the run")
    add("--questions", metavar="FILE.json", help='other questions: a list of {"key", "label", "text"}')
    add("--title", default="Talking drawings", help="heading of the page")
    add("--seed", type=int, default=0, help="seed of the codes that stand for the methods")


def run(options: argparse.Namespace) -> None:
    from module1_audio2lmk.foundation.errors import InputError, say

    from ..study import build, read_questions

    if not options.source.is_dir():
        raise InputError(f"no folder {options.source}; name the --out of a drawing run")
    questions = read_questions(options.questions) if options.questions else None
    page = build(
        options.source, options.out, options.methods, options.only, questions, options.title, options.seed
    )
    say(f"study: {page} ({page.stat().st_size / 1e6:.1f} MB)")
