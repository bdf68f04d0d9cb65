#!/usr/bin/env python3
"""Talking clips → frames far apart in pose and mouth, with their drawings: true pairs for the paint network.

    python scripts/prepare_pairs.py CLIPS --out Pairs --style line_drawing cartoon

Every clip becomes a folder Pairs/CLIP of arrays (`module2_drawing/data/pair_clips.py`). What is there already
stays: an interrupted run is continued by the same command, and further styles are added by it.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.errors import InputError, run_cli, say, set_quiet, warn
from module1_audio2lmk.foundation.files import VIDEO_SUFFIXES, by_stem, files_in
from module2_drawing.data.pair_clips import PHOTO, write_drawings, write_photos
from module2_drawing.styles import names, renderer_name


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("clips", type=Path, nargs="+", help="clips, or folders that are searched with their subfolders")
    add("--out", type=Path, required=True, metavar="PAIRS", help="folder of the arrays")
    add("--style", type=renderer_name, nargs="+", default=["line_drawing"], help="styles of the drawings")
    add("--frames", type=int, default=24, help="frames that are kept of each clip (%(default)s)")
    add("--quiet", action="store_true", help="only warnings and errors")
    return parser.parse_args(arguments)


def prepare(clip: Path, folder: Path, options: argparse.Namespace) -> None:
    """Raises InputError for a clip that shows no face."""
    if not (folder / f"{PHOTO}.npy").is_file():
        write_photos(clip, folder, options.frames)
    for style in options.style:
        if not (folder / f"{style}.npy").is_file():
            write_drawings(folder, style)


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    if options.frames < 2:
        raise InputError(f"--frames is {options.frames}; give 2 or more")
    if unknown := set(options.style) - set(names()):
        raise InputError(f"unknown style {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    clips, done = by_stem(files_in(options.clips, VIDEO_SUFFIXES, "clips")), 0
    for name, clip in clips.items():
        try:
            prepare(clip, options.out / name, options)
            done += 1
            say(f"{name}: {done} of {len(clips)}")
        except InputError as error:
            warn(f"refused {clip.name}: {error}")
    if not done:
        raise InputError("no clip could be used; the reasons are above")
    print(f"output: {options.out}")


if __name__ == "__main__":
    run_cli(main)
