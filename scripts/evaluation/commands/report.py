"""Write the tables and the page of a finished run anew from its results.json."""

import argparse
from pathlib import Path

from module1_audio2lmk.foundation.errors import InputError

from ..options import write_pages

HELP = "tables and page of a finished run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="--out of the run")


def run(options: argparse.Namespace) -> None:
    if not options.folder.is_dir():
        raise InputError(f"no folder {options.folder}; name the --out of a run")
    write_pages(options.folder)
