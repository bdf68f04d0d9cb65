"""What a run was started with: the command, all options and the state of the source, in its own folder."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

from module1_audio2lmk.foundation.files import atomic_path

from ..options.base_options import table


def record(folder: Path, options: argparse.Namespace) -> None:
    """Write command.txt (a line a start), PHASE_opt.txt, options.json and source.txt into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "command.txt").open("a") as file:
        file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {shlex.join([sys.executable, *sys.argv])}\n")
    with atomic_path(folder / f"{options.phase}_opt.txt") as temporary:
        temporary.write_text(f"Options\n{table(options)}", encoding="utf-8")
    with atomic_path(folder / "options.json") as temporary:
        temporary.write_text(json.dumps(vars(options), indent=1, default=str, sort_keys=True))
    with atomic_path(folder / "source.txt") as temporary:
        temporary.write_text(source_state())


def source_state() -> str:
    """The commit that runs and what differs from it; a line that says so outside a repository."""
    root = Path(__file__).resolve().parents[2]
    try:
        parts = [_git(root, "rev-parse", "HEAD"), _git(root, "status", "--short"), _git(root, "diff", "HEAD")]
    except (OSError, subprocess.SubprocessError):
        return "no git repository\n"
    return "\n".join(parts)


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout
