"""Options that the commands with an evaluation run share, and the run itself."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from module1_audio2lmk.foundation.data_files import names_of
from module1_audio2lmk.foundation.errors import InputError, say
from module1_audio2lmk.foundation.files import write_text
from module2_drawing.styles import public_name

from . import methods, metrics
from .clips import select_clips
from .drive import DRIVES
from .evaluator import Plan, Row, run
from .page import write_report
from .photos import Subject
from .store import RESULTS, Store, read_results, write_json
from .summary import Draws, summarise
from .tables import latex, markdown, tables

#: Words that commands were published with, and today's.
_FORMER_WORDS = {"film": "clip"}
Complete = Callable[[dict[str, Any], Store], dict[str, Any]]


def add_clip_arguments(parser: argparse.ArgumentParser) -> None:
    """Clips, drive and metrics of commands that evaluate clips."""
    add = parser.add_argument_group("clips").add_argument
    add("folder", type=Path, metavar="CLIPS", help="folder of talking clips, one face each, with sound")
    add_selection(add)
    help = "landmarks from the sound (default) or of the clip itself"
    add("--drive", default="speech", type=word, choices=DRIVES, help=help)
    add = parser.add_argument_group("metrics").add_argument
    help = "default: all whose weights are at hand; see `list`"
    add("--metrics", type=names_of, metavar="NAME,…", help=help)
    help = "Inception v3 weights (torchvision's or the FID network's), for fid"
    add("--inception", metavar="FILE", help=help)
    add_run_arguments(parser)


def add_selection(add: Callable[..., Any], seconds: float = 0) -> None:
    """Which clips of a folder, and how much of each."""
    add("--clips", metavar="FILE", help='only these clips: a name a line, or a JSON with "validation"')
    help = "the beginning of each clip (%(default)s; 0: all of it)"
    add("--seconds", type=float, default=seconds, help=help)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """References, style, weights, processes: what all evaluation runs have."""
    add = parser.add_argument_group("how it is made and measured").add_argument
    add("--identity", metavar="FILE.onnx", help="face recognition network, in the place of the own weights")
    add("--drawings", type=Path, metavar="DIR", help="reference drawings of the Fréchet distances")
    add("--step", type=int, default=2, help="every which frame enters the Fréchet distances (%(default)s)")
    add_drawing_options(add)
    add("--jobs", type=int, default=0, help="processes, one a clip; default: one a core, one on a GPU")
    add("--seed", type=int, default=0, help="seed of landmarks, of which photo gets which clip, of bootstrap")
    add("--bootstrap", type=int, default=2000, metavar="N", help="draws of the intervals (%(default)s)")
    add("--set_bootstrap", type=int, default=200, metavar="N", help="… of Fréchet distances (%(default)s)")
    add("--fresh", action="store_true", help="make everything anew; otherwise what is finished is kept")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for results, tables, page and videos")


def add_drawing_options(add: Callable[..., Any]) -> None:
    """What draws, see `drawing_settings`."""
    add("--style", default="drawing", help="drawing style (%(default)s)")
    add("--generator", metavar="FILE", help="generator weights of ours, instead of those found")
    add("--quality", default="default", help="of ours, as of main_end2end.py (%(default)s)")
    add("--checkpoints_dir", default="checkpoints", help="where weights are looked for")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")


def drawing_settings(options: argparse.Namespace) -> methods.Settings:
    """Options of `add_drawing_options` → what the methods share."""
    style = public_name(options.style)
    return methods.Settings(
        style, options.checkpoints_dir, options.generator, options.device, options.quality
    )


def word(text: str) -> str:
    """A word of an option; former ones mean today's."""
    return _FORMER_WORDS.get(text, text)


def clip_plan(options: argparse.Namespace, rows: list[Row]) -> Plan:
    """Options of `add_clip_arguments` → plan. Raises InputError where clips or metrics are not there."""
    files = metrics.Files(options.inception, options.identity, checkpoints_dir=options.checkpoints_dir)
    clips = [Subject(path.stem, path, path) for path in select_clips(options.folder, options.clips)]
    chosen = list(metrics.choose(options.metrics, files))
    return Plan(clips, rows=rows, metrics=chosen, drive=options.drive, **run_settings(options, files))


def run_settings(options: argparse.Namespace, files: metrics.Files) -> dict[str, Any]:
    """Options of `add_run_arguments` → arguments of a plan. InputError for a number that makes no sense."""
    for name in ("step", "bootstrap", "set_bootstrap"):
        if getattr(options, name) < 1:
            raise InputError(f"--{name} is {getattr(options, name)}; give 1 or more")
    if options.seconds < 0:
        raise InputError(f"--seconds is {options.seconds}; give a number above 0, or 0 for whole clips")
    given = {name: getattr(options, name) for name in ("out", "seconds", "step", "drawings", "seed", "fresh")}
    return given | {"files": files, "settings": drawing_settings(options)}


def carry_out(options: argparse.Namespace, plan: Plan, complete: Complete | None = None) -> dict[str, Any]:
    """Run, summarise (and `complete`), write results.json, the tables and the page. Returns the results."""
    skipped = run(plan, options.jobs)
    draws = Draws(options.bootstrap, options.set_bootstrap, options.seed)
    results = summarise(plan, skipped, draws)
    write_json(plan.out / RESULTS, complete(results, Store(plan.out)) if complete else results)
    return write_pages(plan.out)


def write_pages(folder: Path) -> dict[str, Any]:
    """Tables and page of the results in a folder; the Markdown goes to stdout too."""
    results = read_results(folder)
    made = tables(results)
    write_text(folder / "table.md", markdown(made))
    write_text(folder / "table.tex", latex(made))
    page = write_report(folder, results)
    print(markdown(made))
    say(f"results: {folder / RESULTS}, {folder / 'table.md'}, {folder / 'table.tex'}, {page}")
    return results
