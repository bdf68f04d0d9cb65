"""Compare two result files: what got worse beyond the 95% interval of the difference?

    python scripts/evaluate.py regress OLD NEW

OLD and NEW are results.json files or the folders that hold them. The exit status is 1 where something got
worse, else 0.
"""

import argparse
from typing import Any, NamedTuple

from module1_audio2lmk.foundation.errors import InputError

from ..bootstrap import Difference, difference
from ..store import read_results
from ..tables import ARROWS, Cell, Table, markdown, number

HELP = "compare two result files: what got worse?"
#: Settings without which two results do not measure the same.
ALIKE = ("style", "drive", "seconds", "step", "references")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("old", metavar="OLD", help="results.json, or its folder")
    add("new", metavar="NEW", help="results.json, or its folder")


def run(options: argparse.Namespace) -> int:
    old, new = read_results(options.old), read_results(options.new)
    findings = compare_results(old, new)
    print(markdown([table(findings, new["metrics"])]))
    return int(any(found.change.verdict == "worse" for found in findings))


class Finding(NamedTuple):
    """One metric of one method in both files."""

    method: str
    metric: str
    old: float | None
    new: float | None
    change: Difference


def compare_results(old: dict[str, Any], new: dict[str, Any]) -> list[Finding]:
    """Every metric of every method that both have. Raises InputError where they measured different things."""
    for name in ALIKE:
        first, second = (result.get("settings", {}).get(name) for result in (old, new))
        if first != second:
            raise InputError(f"the results differ in {name} ({first} and {second}); measure both alike")
    seeds = [result["settings"]["bootstrap"]["seed"] for result in (old, new)]
    same_draws = old["clips"] == new["clips"] and seeds[0] == seeds[1]
    findings = []
    for method in [name for name in new["methods"] if name in old["methods"]]:
        for metric, score in new["scores"][method].items():
            if metric not in old["scores"][method]:
                continue
            before = old["scores"][method][metric]
            if "draws" in before and not same_draws:
                before = before | {"draws": []}
            change = difference(before, score, new["metrics"][metric]["better"])
            findings.append(Finding(method, metric, before["value"], score["value"], change))
    if not findings:
        raise InputError("the results have no metric of the same method in common; compare other files")
    return findings


def table(findings: list[Finding], metrics: dict[str, Any]) -> Table:
    """All findings, the worst news first."""
    order = {"worse": 0, "unknown": 1, "better": 2, "same": 3}
    rows: list[list[Cell] | None] = []
    for found in sorted(findings, key=lambda found: order[found.change.verdict]):
        about, change = metrics[found.metric], found.change
        digits = about["decimals"] + 1
        bounds = [number(bound, digits) for bound in (change.low, change.high)]
        texts = [found.method, f"{about['label']} {ARROWS[about['better']]}"]
        texts += [number(value, digits) for value in (found.old, found.new)]
        texts += [
            f"[{bounds[0]}, {bounds[1]}]",
            f"{change.verdict} ({change.note})" if change.note else change.verdict,
        ]
        rows.append([Cell(text) for text in texts])
    header = ["Method", "Metric", "Old", "New", "Interval of the difference", "Verdict"]
    worse = sum(found.change.verdict == "worse" for found in findings)
    return Table(f"{worse} of {len(findings)} figures got worse", header, rows, [])
