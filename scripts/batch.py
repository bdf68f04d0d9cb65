"""Batch: all rows of a CSV table → videos, by several processes or a Ray cluster; finished rows stay.

Columns: photo, audio, style, output and any other option of main_end2end; relative paths are those from the
table's folder. Run it as animate-portrait batch TABLE.csv, or python main_end2end.py batch TABLE.csv.
"""

import argparse
import csv
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from module1_audio2lmk.foundation.errors import is_quiet, say, set_quiet
from module1_audio2lmk.foundation.files import atomic_path, clear_leftovers
from module1_audio2lmk.foundation.processes import cores

from .batching.jobs import Job, read_jobs
from .batching.state import State
from .batching.workers import Outcome, on_cluster, on_this_machine

EXIT_FAILED_ROWS = 1
_MOST_WORKERS = 8  # by default; each holds its models, 0.7 GB


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="animate-portrait batch",
        description="Draws every row of a CSV table: columns photo, audio, output and any option of "
        "animate-portrait. Options that are not named here are those of all rows that do not say otherwise.",
        epilog="exit status: 0 all rows drawn, 1 some failed (see the report), 2 the table cannot be used",
    )
    parser.add_argument("table", metavar="TABLE.csv", help="the jobs; paths are those from its folder")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one a core, at most 8)")
    parser.add_argument("--report", metavar="FILE", help="the failed rows (default: beside the outputs)")
    parser.add_argument("--quiet", action="store_true", help="only warnings and errors")
    parser.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="draw by a Ray cluster that sees the same folders; without an address on this machine alone",
    )
    options, common = parser.parse_known_args(arguments)
    options.common = common
    if options.workers is not None and options.workers < 1:
        parser.error(f"--workers {options.workers}: give 1 or more")
    return options


def main(arguments: list[str] | None = None) -> int:
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    table = Path(options.table)
    jobs = read_jobs(table, [*_checkpoints(), *options.common])
    folder = table.parent.absolute()
    place = _common_folder([job.output for job in jobs if job.output], folder)
    report = Path(options.report) if options.report else place / f"{table.stem}-failed.csv"
    state = State(place / f".{table.stem}-batch.jsonl")
    keys = {job.line: job.key(folder) for job in jobs if not job.problem}
    waiting = [job for job in jobs if job.line in keys and not state.holds(job, keys[job.line])]
    failed = [Outcome(job, job.problem) for job in jobs if job.problem]
    for outcome in failed:
        _tell(table, outcome)
    already = len(jobs) - len(waiting) - len(failed)
    if already:
        say(f"{already} of {len(jobs)} rows are drawn already")
    for outcome in tqdm(
        _outcomes(options, waiting, folder), total=len(waiting), unit="row", disable=is_quiet()
    ):
        _tell(table, outcome)
        if outcome.problem:
            failed.append(outcome)
        else:
            state.add(outcome.job, keys[outcome.job.line])
    for output in {job.output.parent for job in waiting if job.output}:
        clear_leftovers(output)  # of processes and nodes that died
    _write_report(report, sorted(failed, key=lambda outcome: outcome.job.line))
    say(f"{len(jobs) - len(failed)} rows drawn, {len(failed)} failed" + (f": {report}" if failed else ""))
    return EXIT_FAILED_ROWS if failed else 0


def _checkpoints() -> list[str]:
    """Weights are looked for where the command runs, not beside the table."""
    folder = Path("checkpoints").absolute()
    return [f"--checkpoints_dir={folder}"] if folder.is_dir() else []


def _common_folder(outputs: list[Path], otherwise: Path) -> Path:
    """The innermost folder that all outputs are in; `otherwise` where that is one above it."""
    try:
        found = Path(os.path.commonpath([output.parent for output in outputs]))
    except ValueError:  # none, or on several drives
        return otherwise
    return otherwise if found in otherwise.parents else found


def _outcomes(options: argparse.Namespace, jobs: list[Job], folder: Path) -> Iterator[Outcome]:
    count = max(1, min(options.workers or min(cores(), _MOST_WORKERS), len(jobs)))
    if options.ray is not None:
        return on_cluster(jobs, folder, options.ray, 1)
    # Read when the processes start: together they have as many threads as there are cores, and none spins.
    os.environ |= {"OMP_NUM_THREADS": str(max(1, cores() // count)), "OMP_WAIT_POLICY": "PASSIVE"}
    return on_this_machine(jobs, folder, count)


def _tell(table: Path, outcome: Outcome) -> None:
    lines = [*outcome.warnings, *([f"error: {outcome.problem}"] if outcome.problem else [])]
    for line in lines:
        tqdm.write(f"{table}, line {outcome.job.line}: {line}", file=sys.stderr)


def _write_report(path: Path, failed: list[Outcome]) -> None:
    """A line for each failed row; a report of a former run goes where all rows are drawn."""
    if not failed:
        path.unlink(missing_ok=True)
        return
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "output", "error", "options"])
        for job, problem, _ in failed:
            writer.writerow([job.line, job.output or "", problem, " ".join(job.arguments)])
