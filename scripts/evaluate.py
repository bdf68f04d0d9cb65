#!/usr/bin/env python3
"""Measure the system: `python scripts/evaluate.py COMMAND …`, `--help` lists the commands.

To add a command, add a module scripts/evaluation/commands/NAME.py with three things:

    HELP: str                                              one line for --help
    add_arguments(parser: argparse.ArgumentParser) -> None
    run(options: argparse.Namespace) -> int | None         the exit status; InputError for bad input

It is found by its file name (`study_report.py` is the command `study-report`).
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.errors import run_cli, set_quiet
from scripts.evaluation import commands


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Options of one command; `options.run` is what carries it out."""
    parser = argparse.ArgumentParser(prog="evaluate.py", description="Measure the system.")
    choices = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in commands.names():
        # Only the command that is asked for is imported.
        command = commands.load(name) if arguments[:1] == [name] else None
        chosen = choices.add_parser(
            name,
            help=commands.help_of(name),
            description=command.__doc__ if command else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if command:
            command.add_arguments(chosen)
            chosen.add_argument("--quiet", action="store_true", help="only warnings and errors")
            chosen.set_defaults(run=command.run)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int | None:
    options = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    set_quiet(options.quiet)
    return options.run(options)


if __name__ == "__main__":
    run_cli(main)
