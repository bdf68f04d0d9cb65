"""Score drawing methods on talking clips: first frame and sound in, frames out, compared with the clip.

    python scripts/evaluate.py drawing CLIPS --clips validation.txt --out results/drawing

writes results.json, table.md and table.tex (like the paper's Table 1), index.html with all videos side by
side. It goes on where it was interrupted. Other programs are scored on the same clips with

    … --videos SadTalker=DIR      DIR/CLIP.mp4, each showing our square
"""

import argparse
from pathlib import Path

from module1_audio2lmk.foundation.data_files import names_of
from module1_audio2lmk.foundation.errors import InputError

from ..evaluator import Row
from ..methods import known
from ..options import add_clip_arguments, carry_out, clip_plan
from ..store import slug

HELP = "methods against each other on talking clips: the paper's Table 1"
METHODS = ["ours", "upd_warp", "makeittalk_upd", "per_frame"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_clip_arguments(parser)
    add = parser.add_argument_group("methods").add_argument
    add("--methods", type=names_of, default=METHODS, metavar="NAME,…", help=f"default {','.join(METHODS)}")
    add("--videos", action="append", default=[], metavar="NAME=DIR", help="videos of another program")


def run(options: argparse.Namespace) -> None:
    carry_out(options, clip_plan(options, rows(options)))


def rows(options: argparse.Namespace) -> list:
    """The rows of the table that the options ask for. InputError where two have the same name."""
    made = [Row(name, name) for name in options.methods if name != "external"]
    if len(made) < len(options.methods):
        raise InputError("the method external is chosen by --videos NAME=DIR")
    if at_rest := [row.name for row in made if row.kind in known() and known()[row.kind].measured]:
        raise InputError(f"{', '.join(at_rest)}: drawings at rest have no motion; choose other methods")
    for text in options.videos:
        label, _, folder = text.rpartition("=")
        if not folder:
            raise InputError(f"{text!r} is not NAME=DIR; give a name for the table and a folder")
        label = label or Path(folder).name
        made.append(Row(slug(label), "external", {"label": label, "folder": Path(folder)}))
    doubled = {row.name for row in made if [other.name for other in made].count(row.name) > 1}
    if doubled or not made:
        raise InputError(f"{', '.join(sorted(doubled)) or 'no method'}: give every method once, at least one")
    return made
