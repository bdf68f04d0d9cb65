"""Speech → landmarks, held against films that were not trained on and against synthetic speech.

    python scripts/evaluate.py speech --data CACHE [--tests film_fit closures …] [--table FILE.md]

CACHE is a folder of scripts/prepare_talking_clips.py; its held-out clips are judged.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..speech import Figure

HELP = "mouth, head and speed of the speech-to-landmark module"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="CACHE", help="prepared talking clips")
    parser.add_argument("--clips", default="", help="judge these clips instead of the held-out ones")
    parser.add_argument("--tests", nargs="+", metavar="NAME", help="only these tests")
    parser.add_argument("--checkpoints_dir", default="checkpoints", help="default: checkpoints")
    parser.add_argument("--table", type=Path, metavar="FILE.md", help="also write the table to a file")
    parser.add_argument("--seed", type=int, default=0)


def table_row(figure: Figure) -> str:
    """One line of the table."""
    sign = "≥" if figure.better == "higher" else "≤"
    reached = "yes" if figure.reached else "no"
    return f"| {figure.name} | {figure.value:.3g} | {sign} {figure.goal:g} | {reached} |"


def run(options: argparse.Namespace) -> int:
    from module1_audio2lmk.foundation.errors import InputError
    from module1_audio2lmk.foundation.files import atomic_path
    from module1_audio2lmk.training.clips import clip_files, read_clip, read_split

    from .. import speech

    tests = speech.choose(options.tests)
    files = clip_files(options.data)
    names = [name for name in options.clips.split(",") if name] or read_split(options.data)
    unknown = sorted(set(names) - {file.stem for file in files})
    if unknown:
        raise InputError(f"no such clips in {options.data}: {', '.join(unknown)}")
    if not names:
        raise InputError(f"{options.data} notes no held-out clips; name some with --clips")
    clips = [read_clip(file) for file in files if file.stem in names]
    others = [read_clip(file) for file in files if file.stem not in names]
    setting = speech.Setting(clips, others, options.checkpoints_dir, options.seed)
    lines = ["| figure | value | goal | reached |", "|---|---|---|---|"]
    print("\n".join(lines))
    for test in tests.values():
        for figure in test(setting):
            lines.append(table_row(figure))
            print(lines[-1], flush=True)
            if figure.detail and not options.quiet:
                print(f"    {figure.detail}")
    if options.table:
        with atomic_path(options.table) as temporary:
            temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0
