"""Figures of the drawing stage: held-out photos, moved as the heads of held-out talking clips move.

    python scripts/evaluate.py portraits PHOTOS --motion CLIPS --clips validation.txt --out results/portraits

Every figure is held against its goal. results.json, table.md and index.html (all videos side by side) land in
the output folder. It goes on where it was interrupted; what other weights or settings made is made anew.
"""

import argparse
from pathlib import Path

from module1_audio2lmk.foundation.errors import InputError, say

from .. import photos
from ..clips import select_clips
from ..evaluator import Plan, Row, drawings_in
from ..figures import AT_REST, BASELINE, METRICS, OURS, REDRAWN, WARP, complete
from ..metrics import Files
from ..metrics.landmark_net_error import net_files
from ..options import add_run_arguments, add_selection, carry_out, run_settings

HELP = "photos moved as talking clips: landmarks, coherence, style, identity, groups, each with its goal"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("photos and motion").add_argument
    add("photos", type=Path, metavar="PHOTOS", help="folder of photos")
    add("--photos", dest="listed", type=Path, metavar="FILE", help="only these: a name a line")
    help = "without --photos: the share that prepare_portraits.py holds out (%(default)s; 1: all)"
    add("--validation", type=float, default=0.04, metavar="SHARE", help=help)
    add("--limit", type=int, default=0, metavar="N", help="animate so many, evenly over the groups; 0: all")
    add("--groups", metavar="PREFIXES|FILE|none", help="default: file names without their numbers")
    add("--motion", type=Path, required=True, metavar="CLIPS", help="folder of talking clips")
    add_selection(add, seconds=2)
    add("--landmark_net", metavar="FILE", help="landmark network for drawings, instead of the one found")
    add("--baseline", metavar="FILE", help="a generator trained on the content loss alone, for comparison")
    add_run_arguments(parser)


def run(options: argparse.Namespace) -> None:
    plan = plan_of(options)
    if "net_error" not in plan.metrics:
        say("no landmark network is found: its figures are left out (--landmark_net FILE)")
    carry_out(options, plan, complete)


def plan_of(options: argparse.Namespace) -> Plan:
    """Options → plan. Raises InputError where photos or clips are not there, or a number makes no sense."""
    if options.limit < 0:
        raise InputError(f"--limit is {options.limit}; give 0 or more")
    if not 0 < options.validation <= 1:
        raise InputError(f"--validation is {options.validation:g}; give a share above 0, at most 1")
    if options.drawings is not None:
        drawings_in(options.drawings)
    files = Files(None, options.identity, options.landmark_net, options.checkpoints_dir)
    settings = run_settings(options, files)
    grouping = photos.groups_of(options.groups)
    found = photos.find_photos(options.photos, options.listed, options.validation, grouping)
    clips = select_clips(options.motion, options.clips)
    moved = {p.name: p for p in photos.in_motion(found, clips, options.limit, options.seed)}
    rows = [Row(name, name) for name in (OURS, WARP, AT_REST, REDRAWN)]
    if options.baseline:
        arguments = {"label": "Content loss alone", "generator_file": options.baseline}
        rows.insert(2, Row(BASELINE, OURS, arguments))
    measured = [name for name in METRICS if not name.startswith("net_") or net_files(files)]
    measured.append("identity")
    subjects = [moved.get(photo.name, photo) for photo in found]
    return Plan(subjects, rows=rows, metrics=measured, drive="clip", **settings)
