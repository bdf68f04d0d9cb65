"""Figures of the drawing stage: held-out photos, moved as the heads of held-out talking clips move.

    python scripts/evaluate.py portraits PHOTOS --motion CLIPS --clips validation.txt --out results/portraits

Every figure is held against its goal. results.json, table.md and index.html (all videos side by side) land in
the output folder. It goes on where it was interrupted; what other weights or settings made is made anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..portraits.protocol import Plan

HELP = "photos moved as talking clips: landmarks, coherence, style, identity, groups, each with its goal"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("photos and motion").add_argument
    add("photos", type=Path, metavar="PHOTOS", help="folder of photos")
    add("--photos", dest="listed", type=Path, metavar="FILE", help="only these: a name a line")
    add(
        "--validation",
        type=float,
        default=0.04,
        metavar="SHARE",
        help="without --photos: the share that prepare_portraits.py holds out (%(default)s; 1: all)",
    )
    add("--limit", type=int, default=0, metavar="N", help="animate so many, evenly over the groups; 0: all")
    add("--groups", metavar="PREFIXES|FILE|none", help="default: file names without their numbers")
    add("--motion", type=Path, required=True, metavar="CLIPS", help="folder of talking clips")
    add("--clips", metavar="FILE", help="only these clips: a name a line, or a JSON of splits")
    add("--split", default="validation", metavar="NAME", help="which part of that JSON (%(default)s)")
    add("--seconds", type=float, default=2, help="the beginning of each clip (%(default)s; 0: all of it)")

    add = parser.add_argument_group("what is measured").add_argument
    add("--landmark_net", metavar="FILE", help="landmark network for drawings, instead of the one found")
    add("--identity", metavar="FILE.onnx", help="face recognition network, instead of a fixed descriptor")
    add("--drawings", type=Path, metavar="DIR", help="reference drawings of the Fréchet distance")
    add("--step", type=int, default=2, help="every which frame enters the Fréchet distance (%(default)s)")

    add = parser.add_argument_group("how it is made").add_argument
    add("--style", default="drawing", help="drawing style (%(default)s)")
    add("--generator", metavar="FILE", help="generator weights of ours, instead of those found")
    add("--baseline", metavar="FILE", help="a generator trained on the content loss alone, for comparison")
    add("--checkpoints_dir", default="checkpoints", help="where weights are looked for")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--jobs", type=int, default=0, help="processes, one a photo; default: one a core, one on a GPU")
    add("--seed", type=int, default=0, help="which photo gets which clip")
    add("--fresh", action="store_true", help="make everything anew; otherwise what is finished is kept")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for results, tables, page and videos")


def run(options: argparse.Namespace) -> None:
    from module1_audio2lmk.foundation.errors import say

    from ..portraits import protocol, report

    plan = plan_of(options)
    evaluator, skipped = protocol.run(plan, options.jobs)
    if evaluator.net is None:
        say("no landmark network is found: the figures of our own judge are left out (--landmark_net FILE)")
    records = report.read_records(evaluator, skipped, options.drawings)
    report.write_pages(evaluator, records, report.results_of(evaluator, records, skipped, options.drawings))


def plan_of(options: argparse.Namespace) -> Plan:
    """Options → plan. Raises InputError where photos or clips are not there, or a number makes no sense."""
    from module1_audio2lmk.foundation.errors import InputError
    from module2_drawing.styles import public_name

    from .. import methods, references
    from ..films import select_films
    from ..metrics import Files
    from ..portraits import photos
    from ..portraits.figures import BASELINE, OURS, WARP
    from ..portraits.protocol import Plan
    from ..protocol import Row

    for name, least in (("limit", 0), ("seconds", 0), ("step", 1)):
        if getattr(options, name) < least:
            raise InputError(f"--{name} is {getattr(options, name)}; give {least} or more")
    if not 0 < options.validation <= 1:
        raise InputError(f"--validation is {options.validation:g}; give a share above 0, at most 1")
    if options.drawings is not None:
        references.drawings(options.drawings)
    grouping = photos.groups_of(options.groups)
    found = photos.find_photos(options.photos, options.listed, options.validation, grouping)
    clips = select_films(options.motion, options.clips, options.split)
    rows = [Row(OURS, OURS), Row(WARP, WARP)]
    if options.baseline:
        rows.append(Row(BASELINE, OURS, {"label": "Content loss alone", "generator_file": options.baseline}))
    return Plan(
        references=found,
        animated=photos.assign(photos.spread(found, options.limit), clips, options.seed),
        out=options.out,
        rows=rows,
        files=Files(None, options.identity, options.checkpoints_dir),
        settings=methods.Settings(
            public_name(options.style), options.checkpoints_dir, options.generator, options.device
        ),
        landmark_net=options.landmark_net,
        seconds=options.seconds,
        step=options.step,
        fresh=options.fresh,
    )
