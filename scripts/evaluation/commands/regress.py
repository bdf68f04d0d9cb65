"""Compare two result files: what got worse beyond the 95% interval of the difference?

    python scripts/evaluate.py regress OLD NEW

OLD and NEW are results.json files or the folders that hold them. The exit status is 1 where something got
worse, else 0.
"""

from __future__ import annotations

import argparse

HELP = "compare two result files: what got worse?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("old", metavar="OLD", help="results.json, or its folder")
    add("new", metavar="NEW", help="results.json, or its folder")
    add("--force", action="store_true", help="compare even if drive, style or lengths differ")


def run(options: argparse.Namespace) -> int:
    from ..regress import compare_results, table
    from ..store import read_results
    from ..tables import markdown

    old, new = read_results(options.old), read_results(options.new)
    findings = compare_results(old, new, options.force)
    print(markdown([table(findings, new["metrics"])]))
    return int(any(found.change.verdict == "worse" for found in findings))
