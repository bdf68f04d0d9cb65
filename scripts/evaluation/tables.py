"""Result tables in Markdown and LaTeX, laid out like the paper's Table 1, its own figures beside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .paper import COLUMNS, DATA, MEASURED_COLUMNS, TABLE_1

ARROWS = {"lower": "↓", "higher": "↑"}
_LATEX = {
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
    "†": r"\textdagger{}",
    "—": "--",
    "–": "--",
    "±": r"$\pm$",
}
_LATEX_SPECIAL = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#"}
NOTE = (
    "Mean over clips and 95% bootstrap interval over clips. Bold: best of the methods that see photo and "
    "sound alone; †: not beyond the interval of the difference from the best. Methods below the line "
    "see the film."
)


@dataclass(frozen=True)
class Cell:
    """Text of a cell, with its standing among the rivals: "best", "within", "worse" or None."""

    text: str
    standing: str | None = None


@dataclass(frozen=True)
class Table:
    """header and rows of cells; a row that is None is a rule."""

    title: str
    header: list[str]
    rows: list[list[Cell] | None]
    notes: list[str]


def tables(results: dict[str, Any]) -> list[Table]:
    """The main table, then all other metrics."""
    main = [name for column in MEASURED_COLUMNS for name in column if name in results["metrics"]]
    others = [name for name in results["metrics"] if name not in main]
    made = [_main_table(results, main)]
    return made + ([_metric_table(results, others, "Other metrics")] if others else [])


def _main_table(results: dict[str, Any], columns: list[str]) -> Table:
    header = ["Method", *(heading(results, name) for name in columns)]
    header += [f"{name} {arrow} (paper)" for name, arrow in zip(COLUMNS, "↓↑↓", strict=True)]
    published = {method: row for method, row in TABLE_1 if method}
    rows: list[list[Cell] | None] = []
    for method, row in TABLE_1:
        if method is None:
            rows.append([Cell(row.label), *[Cell("—")] * len(columns), *_paper_cells(row)])
    for name in reversed(_rivals(results)):
        rows.append(_row(results, name, columns) + _paper_cells(published.get(name)))
    if films := _film_rows(results):
        rows.append(None)
        rows += [_row(results, name, columns) + _paper_cells(None) for name in films]
    notes = [NOTE, f"(paper): the paper's own figures, other data ({DATA}): not comparable with the others."]
    if any(_is_reference(results, name, columns) for name in _film_rows(results)):
        notes.append(
            "A Fréchet distance of 0 is that of the reference itself: the film, drawn frame by frame."
        )
    if "frechet_filterbank" in columns:
        notes.append(f"Fréchet (filter bank): {results['metrics']['frechet_filterbank']['definition']}")
    return Table(_title(results), header, rows, notes)


def _is_reference(results: dict[str, Any], method: str, columns: list[str]) -> bool:
    sets = [name for name in columns if results["metrics"][name]["of"] == "sets"]
    return any(results["scores"][method][name]["value"] < 1e-6 for name in sets)


def _metric_table(results: dict[str, Any], columns: list[str], title: str) -> Table:
    header = ["Method", *(heading(results, name) for name in columns)]
    rows: list[list[Cell] | None] = [_row(results, name, columns) for name in reversed(_rivals(results))]
    if films := _film_rows(results):
        rows += [None, *(_row(results, name, columns) for name in films)]
    return Table(title, header, rows, [])


def clip_table(results: dict[str, Any], metric: str) -> Table:
    """Scores clip by clip of one metric."""
    methods = list(results["methods"])
    header = ["Clip", *(results["methods"][name]["label"] for name in methods)]
    decimals = results["metrics"][metric]["decimals"]
    rows: list[list[Cell] | None] = []
    for film in results["films"]:
        scores = [results["scores"][name][metric]["films"][film] for name in methods]
        rows.append([Cell(film), *(Cell(number(score, decimals)) for score in scores)])
    return Table(heading(results, metric), header, rows, [])


def cell(results: dict[str, Any], method: str, metric: str) -> Cell:
    """Value, interval and standing of a method on a metric."""
    score, decimals = results["scores"][method][metric], results["metrics"][metric]["decimals"]
    text = number(score["value"], decimals)
    if score["low"] is not None and score["value"] is not None:
        text += f" [{number(score['low'], decimals)}, {number(score['high'], decimals)}]"
    return Cell(text, score.get("standing"))


def number(value: float | None, decimals: int) -> str:
    return "—" if value is None else f"{value:.{decimals}f}"


def markdown(made: Iterable[Table]) -> str:
    """Markdown of tables, one below the other."""
    parts = []
    for table in made:
        lines = [_line(table.header), _line(["---"] + ["--:"] * (len(table.header) - 1))]
        for row in table.rows:
            lines.append(_line([_marked(cell, "**{}**", " †") for cell in row or []]) if row else None)
        lines = [line or _line(["*see the film:*"] + [""] * (len(table.header) - 1)) for line in lines]
        parts += [f"**{table.title}**", "\n".join(lines), *table.notes]
    return "\n\n".join(parts) + "\n"


def latex(made: Iterable[Table]) -> str:
    """LaTeX (booktabs) of tables."""
    parts = []
    for table in made:
        lines = [r"\begin{table}", r"\centering", rf"\caption{{{_escaped(table.title)}}}"]
        lines += [rf"\begin{{tabular}}{{l{'c' * (len(table.header) - 1)}}}", r"\toprule"]
        lines += [" & ".join(_escaped(text) for text in table.header) + r" \\", r"\midrule"]
        for row in table.rows:
            marked = [_escaped(_marked(cell, "{}", " †")) for cell in row or []]
            bold = [
                rf"\textbf{{{t}}}" if c.standing == "best" else t
                for c, t in zip(row or [], marked, strict=True)
            ]
            lines.append(" & ".join(bold) + r" \\" if row else r"\midrule")
        lines += [r"\bottomrule", r"\end{tabular}", *(f"\\\\ {_escaped(note)}" for note in table.notes)]
        parts.append("\n".join([*lines, r"\end{table}"]))
    return "\n\n".join(parts) + "\n"


def _rivals(results: dict[str, Any]) -> list[str]:
    return [name for name, method in results["methods"].items() if not method["sees_film"]]


def _film_rows(results: dict[str, Any]) -> list[str]:
    return [name for name, method in results["methods"].items() if method["sees_film"]]


def _row(results: dict[str, Any], method: str, columns: list[str]) -> list[Cell]:
    return [Cell(results["methods"][method]["label"]), *(cell(results, method, name) for name in columns)]


def _paper_cells(row: Any) -> list[Cell]:
    return (
        [Cell(text) for text in (f"{row.fid:.1f}", f"{row.ssim:.3f}", f"{row.lmd:.2f}")]
        if row
        else [Cell("")] * 3
    )


def heading(results: dict[str, Any], name: str) -> str:
    """A metric as the head of a column: label, unit, and which way is better."""
    metric = results["metrics"][name]
    unit = f" ({metric['unit']})" if metric["unit"] else ""
    return f"{metric['label']}{unit} {ARROWS[metric['better']]}"


def _title(results: dict[str, Any]) -> str:
    settings, frames = results["settings"], sum(results["frames"].values())
    drive = "landmarks from the speech" if settings["drive"] == "speech" else "landmarks of the film"
    return f"{len(results['films'])} clips, {frames} frames, style {settings['style']}, {drive}"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _marked(cell: Cell, bold: str, within: str) -> str:
    if cell.standing == "best":
        return bold.format(cell.text)
    return cell.text + within if cell.standing == "within" else cell.text


def _escaped(text: str) -> str:
    for plain, code in (_LATEX_SPECIAL | _LATEX).items():
        text = text.replace(plain, code)
    return text
