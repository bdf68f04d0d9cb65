"""The options that commands with an evaluation run share, and the run itself."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any

from module1_audio2lmk.foundation.errors import InputError, say
from module2_drawing.styles import public_name

from . import methods, metrics, report_html
from .drive import DRIVES
from .films import select_films
from .protocol import Plan, Row, run
from .store import RESULTS, write_json, write_text
from .summary import Draws, summarise
from .tables import latex, markdown, tables


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Clips, drive, metrics, weights: all but which methods."""
    add = parser.add_argument_group("clips").add_argument
    add("films", type=Path, metavar="CLIPS", help="folder of talking clips, one face each, with sound")
    add("--clips", metavar="FILE", help="only these: a name a line, or a JSON of splits")
    add("--split", default="validation", metavar="NAME", help="which part of that JSON (default validation)")
    add("--seconds", type=float, default=0, help="only the beginning of each clip, 0 for all of it")

    add = parser.add_argument_group("what is measured").add_argument
    add("--metrics", type=names, metavar="NAME,…", help="default: all whose weights are at hand; see `list`")
    add(
        "--inception",
        metavar="FILE",
        help="Inception v3 weights (torchvision's or the FID network's), for fid",
    )
    add("--identity", metavar="FILE.onnx", help="face recognition network, for identity_embedding")
    add("--drawings", type=Path, metavar="DIR", help="reference drawings of the Fréchet distances")
    add("--step", type=int, default=2, help="every which frame enters the Fréchet distances (default 2)")

    add = parser.add_argument_group("how it is made").add_argument
    add("--drive", default="speech", choices=DRIVES, help="landmarks from the sound (default) or of the film")
    add("--style", default="drawing", help="drawing style")
    add("--checkpoints_dir", default="checkpoints", help="where weights are looked for")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--jobs", type=int, default=0, help="processes, one a clip; default: one a core, one on a GPU")
    add("--seed", type=int, default=0, help="seed of landmarks and bootstrap")
    add("--bootstrap", type=int, default=2000, metavar="N", help="draws of the intervals (default 2000)")
    add("--set_bootstrap", type=int, default=200, metavar="N", help="… of Fréchet distances (default 200)")
    add("--fresh", action="store_true", help="make everything anew; otherwise what is finished is kept")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for results, tables, page and videos")


def names(text: str) -> list[str]:
    """Comma-separated names."""
    return [name.strip() for name in text.split(",") if name.strip()]


def plan_of(options: argparse.Namespace, rows: list[Row]) -> Plan:
    """Options → plan. Raises InputError where clips or metrics are not there."""
    for name in ("step", "bootstrap", "set_bootstrap"):
        if getattr(options, name) < 1:
            raise InputError(f"--{name} is {getattr(options, name)}; give a number above 0")
    if options.seconds < 0:
        raise InputError(f"--seconds is {options.seconds}; give a number above 0, or 0 for whole clips")
    style = public_name(options.style)
    files = metrics.Files(options.inception, options.identity, options.checkpoints_dir)
    return Plan(
        films=select_films(options.films, options.clips, options.split),
        out=options.out,
        rows=rows,
        metrics=list(metrics.choose(options.metrics, files)),
        files=files,
        settings=methods.Settings(
            style, options.checkpoints_dir, getattr(options, "generator", None), options.device
        ),
        drive=options.drive,
        seconds=options.seconds,
        step=options.step,
        drawings=options.drawings,
        seed=options.seed,
        fresh=options.fresh,
    )


def carry_out(options: argparse.Namespace, plan: Plan) -> dict[str, Any]:
    """Run, summarise, and write results.json, the tables and the page. Returns the results."""
    skipped = run(plan, options.jobs)
    draws = Draws(options.bootstrap, options.set_bootstrap, options.seed)
    write_json(plan.out / RESULTS, summarise(plan, skipped, draws))
    return write_pages(plan.out)


def write_pages(folder: Path) -> dict[str, Any]:
    """Tables and page of the results in a folder; the Markdown goes to stdout too."""
    from .store import read_results

    results = read_results(folder)
    made = tables(results)
    write_text(folder / "table.md", markdown(made))
    write_text(folder / "table.tex", latex(made))
    page = report_html.write_report(folder, results)
    print(markdown(made))
    say(f"results: {folder / RESULTS}, {folder / 'table.md'}, {folder / 'table.tex'}, {page}")
    return results


def frame_rate(text: str) -> Fraction:
    """ "25" or "62.5" → frames a second."""
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no frame rate; give a number such as 25") from None
    if rate <= 0:
        raise argparse.ArgumentTypeError(f"{text} frames a second; give a number above 0")
    return rate
