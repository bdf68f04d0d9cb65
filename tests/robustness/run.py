#!/usr/bin/env python3
"""The whole robustness suite, with its report.

python tests/robustness/run.py [--inputs 20000] [--kills 100] [--seed 0] [--report tests/robustness/README.md]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from robustness.interruptions import Outcome, kill_often
from robustness.readers import READERS
from robustness.trial import Tally, mutate_all

from module1_audio2lmk.foundation.errors import run_cli, set_quiet
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
    return parser.parse_args(arguments)


def try_inputs(count: int, seed: int) -> dict[str, Tally]:
    """Mutations of every reader's file, in equal shares; by the name of the kind."""
    tallies: dict[str, Tally] = {}
    for reader in READERS:
        tally = tallies.setdefault(reader.name, Tally())
        with tempfile.TemporaryDirectory() as folder, silenced():
            mutate_all(reader, Path(folder), -(-count // len(READERS)), seed, tally)
        print(f"{reader.name} {reader.file}: {tally.inputs} inputs, {len(tally.faults)} faults", flush=True)
    return tallies


def table(tallies: dict[str, Tally], kills: Outcome, options: argparse.Namespace, seconds: float) -> str:
    rows = [
        f"| {name} | {one.inputs} | {one.refused} | {one.taken} | {len(one.faults)} | {one.slowest:.1f} |"
        for name, one in tallies.items()
    ]
    total = [sum(getattr(one, name) for one in tallies.values()) for name in ("inputs", "refused", "taken")]
    faults = sum(len(one.faults) for one in tallies.values())
    rows.append(f"| **all** | {total[0]} | {total[1]} | {total[2]} | {faults} | |")
    return "\n".join(
        [
            f"`python tests/robustness/run.py --inputs {options.inputs} --kills {options.kills} "
            f"--seed {options.seed}`: {seconds / 60:.0f} minutes.",
            "",
            "| kind of file | inputs | refused in one line | taken | faults | slowest, s |",
            "| --- | --: | --: | --: | --: | --: |",
            *rows,
            "",
            f"Kills (−9) at random moments of writing: {kills.kills}; half-written under a final name: "
            f"{kills.half_written}; older files harmed: {kills.harmed}; temporary files left: "
            f"{kills.leftovers}, of which the next run did not clear away {kills.uncleared}.",
            "",
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    options = parse_arguments(arguments)
    set_quiet(True)
    started = time.monotonic()
    tallies = try_inputs(options.inputs, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        kills = kill_often(Path(folder), options.kills, options.seed)
    report = table(tallies, kills, options, time.monotonic() - started)
    print(report)
    faults = [fault for tally in tallies.values() for fault in tally.faults]
    for fault in faults[:20]:
        print(fault)
    if options.report:
        before, _, rest = options.report.read_text(encoding="utf-8").partition(_BEGIN)
        with atomic_path(options.report) as temporary:
            temporary.write_text(before + _BEGIN + report + _END + rest.partition(_END)[2], encoding="utf-8")
    return int(bool(faults) or kills.half_written + kills.harmed + kills.uncleared > 0)


if __name__ == "__main__":
    run_cli(main)
