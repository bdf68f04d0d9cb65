#!/usr/bin/env python3
"""The whole robustness suite, with its report.

python tests/robustness/run.py [--inputs 20000] [--kills 100] [--seed 0] [--report tests/robustness/README.md]
    [--progress FILE]   what is done is kept there, and the same command goes on from it
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from robustness.interruptions import Outcome, kill_often, kill_program
from robustness.programs import PROGRAMS
from robustness.readers import READERS, Reader
from robustness.trial import Tally, mutate_all

from module1_audio2lmk.foundation.errors import InputError, run_cli, set_quiet
from module1_audio2lmk.foundation.files import atomic_path
from module1_audio2lmk.foundation.native import silenced

_BEGIN, _END = "<!-- report -->\n", "<!-- end of report -->\n"


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=20_000, help="mutated inputs in all (%(default)s)")
    parser.add_argument("--kills", type=int, default=100, help="kills of writing programs (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", type=Path, help="README whose report is written anew")
    parser.add_argument("--progress", type=Path, help="file that keeps what is done")
    return parser.parse_args(arguments)


class Progress:
    """What is done, by name; in a file, so that a run that was broken off goes on."""

    def __init__(self, path: Path | None, key: str) -> None:
        self._path = path
        self._done: dict[str, Any] = {"key": key, "seconds": 0.0}
        if path is not None and path.is_file():
            kept = json.loads(path.read_text())
            if kept["key"] != key:
                raise InputError(f"{path} is of other numbers ({kept['key']}); name another file")
            self._done = kept

    def do(self, name: str, work: Callable[[], Tally | Outcome]) -> dict[str, Any]:
        if name not in self._done:
            started = time.monotonic()
            self._done[name] = asdict(work())
            self._done["seconds"] += time.monotonic() - started
            print(
                name,
                {key: len(v) if isinstance(v, list) else v for key, v in self._done[name].items()},
                flush=True,
            )
            if self._path is not None:
                with atomic_path(self._path) as temporary:
                    temporary.write_text(json.dumps(self._done))
        return self._done[name]

    @property
    def seconds(self) -> float:
        return self._done["seconds"]


def try_inputs(count: int, seed: int, progress: Progress) -> dict[str, Tally]:
    """Mutations of every reader's file, in equal shares; by the name of the kind."""
    tallies: dict[str, Tally] = {}
    for reader in READERS:

        def mutate(reader: Reader = reader) -> Tally:
            tally = Tally()
            with tempfile.TemporaryDirectory() as folder, silenced():
                mutate_all(reader, Path(folder), -(-count // len(READERS)), seed, tally)
            return tally

        tallies.setdefault(reader.name, Tally()).add(
            Tally(**progress.do(f"{reader.name} {reader.file}", mutate))
        )
    return tallies


def kill_programs(count: int, seed: int, progress: Progress) -> dict[str, Outcome]:
    """Kills of every program, in equal shares, and of a bare writer."""
    share = -(-count // (len(PROGRAMS) + 1))
    outcomes = {}
    for program in PROGRAMS:
        done = progress.do(f"kills: {program.name}", lambda p=program: kill_program(p, share, seed))
        outcomes[program.name] = Outcome(**done)
    with tempfile.TemporaryDirectory() as folder:
        done = progress.do("kills: writing without end", lambda: kill_often(Path(folder), share, seed))
    return outcomes | {"writing without end": Outcome(**done)}


def inputs_table(tallies: dict[str, Tally]) -> list[str]:
    rows = [
        f"| {name} | {one.inputs} | {one.refused} | {one.taken} | {len(one.faults)} | {one.slowest:.1f} |"
        for name, one in tallies.items()
    ]
    total = [sum(getattr(one, name) for one in tallies.values()) for name in ("inputs", "refused", "taken")]
    faults = sum(len(one.faults) for one in tallies.values())
    return [
        "| kind of file | inputs | refused in one line | taken | faults | slowest, s |",
        "| --- | --: | --: | --: | --: | --: |",
        *rows,
        f"| **all** | {total[0]} | {total[1]} | {total[2]} | {faults} | |",
    ]


def kills_table(outcomes: dict[str, Outcome]) -> list[str]:
    rows = [
        f"| {name} | {one.kills} | {one.half_written} | {one.harmed} | {one.leftovers} | {one.uncleared} "
        f"| {one.runs} | {one.differ} |"
        for name, one in outcomes.items()
    ]
    return [
        "Killed (−9) at random moments, three times in each folder, then run to the end:",
        "",
        "| program | kills | half-written under a final name | older files harmed | temporary files left "
        "| of these not cleared away | runs to the end | whose result differs from an unbroken run's |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
        *rows,
    ]


def main(arguments: list[str] | None = None) -> int:
    options = parse_arguments(arguments)
    set_quiet(True)
    command = f"--inputs {options.inputs} --kills {options.kills} --seed {options.seed}"
    progress = Progress(options.progress, command)
    outcomes = kill_programs(options.kills, options.seed, progress)
    tallies = try_inputs(options.inputs, options.seed, progress)
    title = (
        f"`python tests/robustness/run.py {command}`: {progress.seconds / 60:.0f} minutes beside other work."
    )
    report = "\n".join([title, "", *inputs_table(tallies), "", *kills_table(outcomes), ""])
    print(report)
    faults = [fault for tally in tallies.values() for fault in tally.faults]
    for fault in faults[:20]:
        print(fault)
    if options.report:
        before, _, rest = options.report.read_text(encoding="utf-8").partition(_BEGIN)
        with atomic_path(options.report) as temporary:
            temporary.write_text(before + _BEGIN + report + _END + rest.partition(_END)[2], encoding="utf-8")
    return int(bool(faults) or any(one.faults for one in outcomes.values()))


if __name__ == "__main__":
    run_cli(main)
