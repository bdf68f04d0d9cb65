"""A finished run of `portraits` → results.json, table.md and index.html."""

from __future__ import annotations

import html
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from module1_audio2lmk.foundation.errors import InputError, say

from ..bootstrap import mean
from ..metrics.frechet_filterbank import filterbank_features
from ..provenance import describe_file, provenance
from ..references import folder_features
from ..report_html import SCRIPT, page, table_html
from ..store import RESULTS, read_arrays, read_scores, write_json, write_text
from ..tables import ARROWS, Cell, Table, markdown, number
from . import figures as goals
from .figures import COLUMNS, Figure, Made, Records
from .protocol import FEATURES, STILL, Evaluator

FORMAT = 1
NOTE = (
    "Distances are px of 256². Unexplained jumps: neighbouring frames with SSIM < 0.90 although the static "
    "drawing, warped by the same landmarks, has 0.92 and more and these move by 1.5 px at most. Identity: "
    "cosine similarity with the static drawing over that of static drawings of the photo turned, scaled, "
    "moved and lit otherwise. Feature shift: squared distance of the frames' mean filter-bank features from "
    "those of the photo's static drawing."
)


def read_records(evaluator: Evaluator, skipped: dict[str, str], drawings: Path | None) -> Records:
    """What a run left in its folder. drawings: compare with these instead of the photos' static drawings."""
    plan, store = evaluator.plan, evaluator.store
    references = {
        photo.name: read_arrays(store.reference(photo.name))[FEATURES][0]
        for photo in plan.references
        if photo.name not in skipped
    }
    names = [photo for photo in plan.references if photo.name in plan.animated and photo.name not in skipped]
    made = {row: {photo.name: _made(evaluator, row, photo.name) for photo in names} for row in evaluator.rows}
    against = np.stack([*references.values()])
    if drawings is not None:
        against = folder_features(drawings, {FEATURES: filterbank_features})[FEATURES]
    if len(against) < 2:
        raise InputError("a Fréchet distance needs at least 2 drawings; give more photos, or --drawings DIR")
    return Records(
        group={photo.name: photo.group for photo in names},
        still={photo.name: _scores(evaluator, STILL, photo.name)["scores"] for photo in names},
        features={photo.name: references[photo.name] for photo in names},
        made=made,
        references=against,
        clip_ssim={
            photo.name: float(evaluator.motion(plan.animated[photo.name]).ssim.mean()) for photo in names
        },
        style=plan.settings.style,
    )


def results_of(
    evaluator: Evaluator, records: Records, skipped: dict[str, str], drawings: Path | None = None
) -> dict[str, Any]:
    """The content of results.json."""
    plan = evaluator.plan
    columns = {row: goals.values_of(records, row) for row in records.made}
    return {
        "format": FORMAT,
        "provenance": provenance(),
        "settings": {
            "style": plan.settings.style,
            "seconds": plan.seconds,
            "step": plan.step,
            "references": str(drawings) if drawings else "static drawings of the photos",
            "reference_drawings": len(records.references),
            "device": str(evaluator.studio.device),
            "landmark_net": describe_file(evaluator.net.path) if evaluator.net else None,
        },
        "methods": {
            row: {
                "label": method.label,
                "weights": [describe_file(path) for path in method.weights()],
                "about": method.describe(),
            }
            for row, method in evaluator.rows.items()
        },
        "photos": {
            name: {"group": group, "clip": plan.animated[name].stem} for name, group in records.group.items()
        },
        "skipped": skipped,
        "figures": [asdict(figure) | {"reached": figure.reached} for figure in goals.figures(records)],
        "frechet": {row: goals.frechet(records, row) for row in records.made},
        "still": records.still,
        "scores": columns,
    }


def write_pages(evaluator: Evaluator, records: Records, results: dict[str, Any]) -> Path:
    """results.json, table.md and index.html; the Markdown goes to stdout too. Returns the page."""
    out = evaluator.plan.out
    write_json(out / RESULTS, results)
    made = tables(records, results)
    write_text(out / "table.md", markdown(made))
    parts = [f"<h1>{html.escape(made[0].title)}</h1>"]
    parts += [table_html(table, heading=index > 0) for index, table in enumerate(made)]
    parts += [_portrait(evaluator, results, name) for name in results["photos"]]
    about = {name: results[name] for name in ("provenance", "settings", "methods", "skipped")}
    parts.append(f"<h2>How this was made</h2><pre>{html.escape(json.dumps(about, indent=1))}</pre>")
    path = out / "index.html"
    write_text(path, page(made[0].title, parts, SCRIPT))
    print(markdown(made))
    say(f"results: {out / RESULTS}, {out / 'table.md'}, {path}")
    return path


def tables(records: Records, results: dict[str, Any]) -> list[Table]:
    """Figures with their goals, methods against each other, and ours by group."""
    style = results["settings"]["style"]
    frames = sum(len(made.ssim) + 1 for made in records.made[goals.OURS].values())
    title = f"{len(records.group)} portraits, {frames} frames, style {style}"
    rows = [_figure_row(figure) for figure in goals.figures(records)]
    made = [Table(title, ["Figure", "Value", "Goal", "Reached", ""], rows, [])]
    made.append(_method_table(records, results))
    if len(set(records.group.values())) > 1:
        made.append(_group_table(records))
    return made


def _figure_row(figure: Figure) -> list[Cell]:
    sign = {"lower": "<" if figure.strict else "≤", "higher": ">" if figure.strict else "≥"}[figure.better]
    reached = {None: "—", True: "yes", False: "**no**"}[figure.reached]
    goal = f"{sign} {figure.goal:.{figure.decimals}f}" if np.isfinite(figure.goal) else "—"
    return [
        Cell(text)
        for text in (figure.name, _shown(figure.value, figure.decimals), goal, reached, figure.detail)
    ]


def _method_table(records: Records, results: dict[str, Any]) -> Table:
    columns = {row: goals.values_of(records, row) for row in records.made}
    known = [name for name in COLUMNS if all(name in values for values in columns.values())]
    header = ["Method", *(_heading(name) for name in known), "Fréchet (filter bank) ↓"]
    rows: list[list[Cell] | None] = []
    for row, values in columns.items():
        cells = [_number(mean([*values[name].values()]), name) for name in known]
        cells.append(number(goals.frechet(records, row), 2))
        rows.append([Cell(results["methods"][row]["label"]), *map(Cell, cells)])
    return Table("Methods", header, rows, [NOTE])


def _group_table(records: Records) -> Table:
    values = goals.values_of(records, goals.OURS)
    of_groups = {name: goals.group_means(records, found) for name, found in values.items()}
    header = ["Group", "Portraits", *(_heading(name) for name in values)]
    rows: list[list[Cell] | None] = []
    for group in sorted(set(records.group.values())):
        count = sum(other == group for other in records.group.values())
        cells = [_number(of_groups[name][group], name) for name in values]
        rows.append([Cell(group), Cell(str(count)), *map(Cell, cells)])
    return Table("Ours by group", header, rows, [])


def _heading(column: str) -> str:
    about = COLUMNS[column]
    return f"{about.label} {ARROWS[about.better]}"


def _number(value: float, column: str) -> str:
    return _shown(value, COLUMNS[column].decimals)


def _shown(value: float | None, decimals: int) -> str:
    return number(value if value is not None and np.isfinite(value) else None, decimals)


def _portrait(evaluator: Evaluator, results: dict[str, Any], name: str) -> str:
    out, about = evaluator.plan.out, results["photos"][name]
    still = _link(out, evaluator.still_path(name))
    shown = [
        f'<figure><img style="width:512px" src="{still}"><figcaption>Photo, drawing</figcaption></figure>'
    ]
    for row, method in results["methods"].items():
        link = _link(out, evaluator.store.video(row, name))
        shown.append(
            f'<figure><video src="{link}" controls loop playsinline preload="metadata"></video>'
            f"<figcaption>{html.escape(method['label'])}</figcaption></figure>"
        )
    title = html.escape(f"{name}, moved as {about['clip']}")
    return (
        f'<section><h2>{title}</h2><button class="play">Play all / pause</button>'
        f'<div class="clip">{"".join(shown)}</div></section>'
    )


def _link(out: Path, path: Path) -> str:
    return html.escape(quote(str(path.relative_to(out))))


def _made(evaluator: Evaluator, row: str, name: str) -> Made:
    arrays = read_arrays(evaluator.store.pair(row, name, ".npz"))
    scores = _scores(evaluator, row, name)["scores"]
    if not {"ssim", "step", FEATURES} <= set(arrays):
        raise InputError(f"{evaluator.store.pair(row, name, '.npz')} is damaged; run the evaluation again")
    return Made(scores, arrays["ssim"], arrays["step"], arrays[FEATURES])


def _scores(evaluator: Evaluator, row: str, name: str) -> dict[str, Any]:
    path = evaluator.store.pair(row, name)
    content = read_scores(path)
    if content is None:
        raise InputError(f"{path} is missing or damaged; run the evaluation again")
    content["scores"] = {key: np.nan if value is None else value for key, value in content["scores"].items()}
    return content
