"""Make the tables of the READMEs and model cards anew from the results that are kept in the project.

python scripts/evaluate.py tables
python scripts/evaluate.py tables --keep results/drawing --as drawing --on "8 real clips …"
"""

import argparse

from module1_audio2lmk.foundation.errors import InputError, say
from module1_audio2lmk.foundation.files import write_text

from ..documents import KEPT, documents, keep, refreshed
from ..provenance import ROOT
from ..store import read_results, write_json

HELP = "tables of the READMEs and model cards, from kept results"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--check", action="store_true", help="change nothing; exit status 1 where a table is out of date")
    add("--keep", metavar="RESULTS", help="first keep the part of this results.json that the tables need")
    add("--as", dest="name", metavar="NAME", help="… as scripts/evaluation/results/NAME.json")
    add("--on", metavar="TEXT", help="… measured on these real, generated or synthetic clips or photos")


def run(options: argparse.Namespace) -> int:
    given = options.keep, options.name, options.on
    if any(given) and not all(given):
        raise InputError("--keep, --as and --on belong together; give all three")
    if options.keep:
        content = keep(read_results(options.keep, ("provenance", "settings")), options.on)
        write_json(KEPT / f"{options.name}.json", content)
    stale = 0
    for path in documents():
        text = path.read_text(encoding="utf-8")
        if (new := refreshed(text, KEPT)) != text:
            stale += 1
            say(f"{'out of date' if options.check else 'made anew'}: {path.relative_to(ROOT)}")
            if not options.check:
                write_text(path, new)
    return int(options.check and stale > 0)
