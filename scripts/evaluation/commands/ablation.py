"""Compare generators trained with single losses switched off: the paper's Fig. 6 and 7, and a table.

    python scripts/evaluate.py ablation CLIPS --clips validation.txt --out results/ablation \\
        --run full=runs/full --run "no identity loss=runs/no_identity" …

A run is the folder of a training run or a weight file; the first is what the others are compared with.
"""

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from module1_audio2lmk.foundation.errors import InputError, say
from module1_audio2lmk.foundation.face.geometry import mouth_opening
from module1_audio2lmk.foundation.face.landmark_detector import LandmarkDetector
from module1_audio2lmk.foundation.files import write_text
from module1_audio2lmk.foundation.media import iter_frames, write_image
from module1_audio2lmk.foundation.pages import write_page

from ..bootstrap import difference
from ..evaluator import Row
from ..options import add_clip_arguments, carry_out, clip_plan
from ..page import TEMPLATES, below
from ..store import CLIP_VIDEOS, Store, slug
from ..tables import ARROWS, Cell, Table, latex, markdown, number

HELP = "runs with single losses switched off: the paper's Fig. 6 and 7"
_MARKS = {"worse": " ▼", "better": " ▲", "same": "", "unknown": ""}
_STILLS = ("closed", "open")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_clip_arguments(parser)
    help = "a training run; repeat it, the full one first"
    parser.add_argument("--run", action="append", required=True, dest="runs", metavar="NAME=PATH", help=help)


def run(options: argparse.Namespace) -> None:
    results = carry_out(options, clip_plan(options, rows(options.runs)))
    made = [ablation_table(results)]
    write_text(options.out / "ablation.md", markdown(made))
    write_text(options.out / "ablation.tex", latex(made))
    page = write_ablation(options.out, results)
    print(markdown(made))
    say(f"ablation: {page}")


def rows(given: list[str]) -> list:
    """NAME=PATH, … → rows of ours with those weights. InputError where it is not of that form."""
    made = []
    for text in given:
        label, equals, path = text.partition("=")
        if not (equals and label and path):
            raise InputError(f"{text!r} is not NAME=PATH; give a name for the table and a run")
        made.append(Row(slug(label), "ours", {"label": label, "generator_file": str(weights_of(Path(path)))}))
    if len({row.name for row in made}) < len(made) or len(made) < 2:
        raise InputError("give at least two --run, each with a name of its own")
    return made


def weights_of(path: Path) -> Path:
    """A weight file, or the latest generator in the folder of a training run."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise InputError(f"no run {path}; give the folder of a training run or a weight file")
    if not (files := sorted(path.glob("latest_net_G*"))):
        raise InputError(f"{path} holds no latest_net_G*.pth; name a weight file")
    return files[0]


def ablation_table(results: dict[str, Any]) -> Table:
    """Rows: runs, the full one first; ▼ and ▲ where a figure differs from its beyond the interval."""
    names = list(results["methods"])
    full, metrics = names[0], results["metrics"]
    rows: list[list[Cell] | None] = []
    for name in names:
        cells = [Cell(results["methods"][name]["label"])]
        for metric, about in metrics.items():
            first, second = (results["scores"][row][metric] for row in (full, name))
            verdict = difference(first, second, about["better"]).verdict if name != full else "same"
            cells.append(Cell(number(second["value"], about["decimals"]) + _MARKS[verdict]))
        rows.append(cells)
    header = ["Trained", *(f"{about['label']} {ARROWS[about['better']]}" for about in metrics.values())]
    label = results["methods"][full]["label"]
    notes = [f"▼ worse, ▲ better than {label} beyond the 95% interval of the difference over clips."]
    return Table(f"Ablation: {len(results['clips'])} clips", header, rows, notes)


def write_ablation(folder: Path, results: dict[str, Any]) -> Path:
    """ablation.html with stills of every run at the moments of each clip when the clip's mouth is most closed
    and most open; the stills lie beside it. Returns the page's path."""
    store = Store(folder)
    clips: dict[str, list[list[tuple[str, str]]]] = {}
    rows = {CLIP_VIDEOS: "The clip"} | {name: about["label"] for name, about in results["methods"].items()}
    for clip in results["clips"]:
        clips[clip] = []
        for moment, index in zip(_STILLS, moments(store.video(CLIP_VIDEOS, clip)), strict=True):
            stills = [folder / f"stills/{clip}-{moment}-{number}.png" for number in range(len(rows))]
            for name, still in zip(rows, stills, strict=True):
                write_image(still, next(islice(iter_frames(store.video(name, clip)), index, None)))
            clips[clip].append(below(folder, list(zip(stills, rows.values(), strict=True))))
    content = {"table": ablation_table(results), "clips": clips}
    return write_page(folder / "ablation.html", TEMPLATES / "ablation.html", **content)


def moments(clip: Path) -> tuple[int, int]:
    """Frames of a video in which the mouth is most closed and most open."""
    frames = np.stack(list(iter_frames(clip)))
    # The face may be anywhere: half a frame off its centre is near enough.
    middle = np.broadcast_to(np.array([[0, 0], frames.shape[2:0:-1]]) * 1.0, (len(frames), 2, 2))
    opening = mouth_opening(LandmarkDetector()(frames, middle).landmarks)
    if not np.isfinite(opening).all():
        return 0, len(frames) // 2
    return int(opening.argmin()), int(opening.argmax())
