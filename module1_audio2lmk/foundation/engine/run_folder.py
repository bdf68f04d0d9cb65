"""Folder of a run: the command, all options and the state of the source that it was started with."""

import argparse
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ..files import write_text


def record(folder: Path, options: argparse.Namespace, command: Sequence[str]) -> None:
    """Write command.txt (a line a start), options.json and source.txt.

    command: what Python was started with, program and arguments.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = shlex.join([Path(sys.executable).name, *command])
    with (folder / "command.txt").open("a") as file:
        file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {command}\n")
    content = json.dumps({**vars(options), "command": command}, indent=1, default=str, sort_keys=True)
    for name, text in (("options.json", content), ("source.txt", _source_state())):
        write_text(folder / name, text + "\n")


def _source_state() -> str:
    """The commit that runs and what differs from it; a line that says so outside a repository."""
    try:
        return "\n".join((git("rev-parse", "HEAD"), git("status", "--short"), git("diff", "HEAD")))
    except (OSError, subprocess.SubprocessError):
        return "no git repository"


def git(*arguments: str) -> str:
    """What git says of this program's source. Raises OSError or SubprocessError where it says nothing."""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout
