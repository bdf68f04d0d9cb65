"""Result tables in Markdown and LaTeX, laid out like the paper's Table 1, its own figures beside.

The paper: Yi et al., "Animating Portrait Line Drawings from a Single Face Photo and a Speech Signal",
SIGGRAPH 2022. Measured on other data: 118 clips of VoxCeleb2, with the authors' own weights.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from module1_audio2lmk.foundation.files import write_text

from .bootstrap import mean
from .provenance import provenance
from .store import RESULTS, write_json

ARROWS = {"lower": "↓", "higher": "↑"}
_LATEX = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#"} | {
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
    "†": r"\textdagger{}",
    "—": "--",
    "–": "--",
    "±": r"$\pm$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "−": "$-$",
}
FIGURE_HEADER = ["Figure", "Value", "Goal", "Reached"]
STANDINGS = (
    "Bold: best of the methods that see photo and sound alone; †: not beyond the 95% interval of the "
    "difference from the best."
)


@dataclass(frozen=True)
class Figure:
    """One number held against a goal; value None: not measured, `detail` says why; NaN: not defined.

    strict: equal is not enough.
    """

    name: str
    value: float | None
    goal: float
    better: Literal["lower", "higher"]
    detail: str = ""
    strict: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the value is at least as good as the goal; None where it is not measured."""
        if self.value is None:
            return None
        ahead = self.value - self.goal if self.better == "higher" else self.goal - self.value
        return ahead > 0 if self.strict else ahead >= 0

    def as_dict(self) -> dict[str, Any]:
        """For results.json."""
        return asdict(self) | {"reached": self.reached}


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
    notes: list[str] = field(default_factory=list)


class Table1(NamedTuple):
    """One row of Table 1: FID ↓, inter-frame SSIM ↑, lip landmark distance ↓."""

    label: str
    fid: float
    ssim: float
    lmd: float


#: By the method of this project that stands for the row; None where there is none.
TABLE_1: list[tuple[str | None, Table1]] = [
    (None, Table1("ATVG+UPD", 162.1, 0.923, 2.74)),
    (None, Table1("SDA+UPD", 185.2, 0.913, 2.76)),
    ("makeittalk_upd", Table1("MakeItTalk+UPD", 143.0, 0.951, 2.64)),
    ("upd_warp", Table1("UPD+Warp", 151.9, 0.975, 2.64)),
    ("ours", Table1("Ours", 135.2, 0.974, 2.64)),
]
DATA = "118 VoxCeleb2 clips, the authors' weights"
COLUMNS = ("FID", "SSIM", "LMD")
#: Metrics that stand in the columns of Table 1; of the first column those that were measured.
MEASURED_COLUMNS = (("fid", "frechet_filterbank"), ("inter_frame_ssim",), ("lmd",))


def tables(results: dict[str, Any]) -> list[Table]:
    """Of photos: figures with goals, methods, groups. Of clips: the main table, then all other metrics."""
    metrics = list(results["metrics"])
    if "figures" in results:
        made = [_figure_table(results), _metric_table(results, metrics, "Methods")]
        groups = {about["group"] for about in results["photos"].values()}
        return made + ([_group_table(results, sorted(groups))] if len(groups) > 1 else [])
    main = [name for column in MEASURED_COLUMNS for name in column if name in metrics]
    others = [name for name in metrics if name not in main]
    return [_main_table(results, main)] + (
        [_metric_table(results, others, "Other metrics")] if others else []
    )


def _main_table(results: dict[str, Any], columns: list[str]) -> Table:
    header = ["Method", *(heading(results, name) for name in columns)]
    header += [f"{name} {arrow} (paper)" for name, arrow in zip(COLUMNS, "↓↑↓", strict=True)]
    published = {method: row for method, row in TABLE_1 if method}
    rows: list[list[Cell] | None] = []
    for method, row in TABLE_1:
        if method is None:
            rows.append([Cell(row.label), *[Cell("—")] * len(columns), *_paper_cells(row)])
    rows += _method_rows(results, columns, lambda name: _paper_cells(published.get(name)))
    notes = [
        f"Mean over clips and 95% bootstrap interval over clips. {STANDINGS} Methods below the line see the "
        "clip.",
        f"(paper): the paper's own figures, other data ({DATA}): not comparable with the others.",
    ]
    sets = [name for name in columns if results["metrics"][name]["of"] == "sets"]
    values = [scores[name]["value"] for scores in results["scores"].values() for name in sets]
    if any(value < 1e-6 for value in values):
        notes.append(
            "A Fréchet distance of 0 is that of the reference itself: the clip, drawn frame by frame."
        )
    if "frechet_filterbank" in columns:
        notes.append(f"Fréchet (filter bank): {results['metrics']['frechet_filterbank']['definition']}")
    return Table(_title(results), header, rows, notes)


def _metric_table(results: dict[str, Any], columns: list[str], title: str) -> Table:
    rows = _method_rows(results, columns, lambda name: [])
    return Table(title, ["Method", *(heading(results, name) for name in columns)], rows)


def _figure_table(results: dict[str, Any]) -> Table:
    rows = [[*figure_texts(figure), figure["detail"]] for figure in results["figures"]]
    return text_table(_title(results), [*FIGURE_HEADER, ""], rows)


def report_figures(figures: list[dict[str, Any]], out: Path | None, settings: dict[str, Any]) -> None:
    """Print the table of figures; with `out`, write it and results.json with the settings there."""
    table = "\n".join(markdown_lines(text_table("", FIGURE_HEADER, map(figure_texts, figures))))
    print(table)
    if out:
        content = {"provenance": provenance(), "settings": settings, "figures": figures}
        write_json(out / RESULTS, content)
        write_text(out / "table.md", table + "\n")


def text_table(title: str, header: list[str], rows: Iterable[list[str]]) -> Table:
    """A table in which nothing stands out."""
    return Table(title, header, [[Cell(text) for text in row] for row in rows])


def figure_texts(figure: dict[str, Any]) -> list[str]:
    """Name, value, goal, and whether it is reached."""
    sign = {"lower": "<" if figure.get("strict") else "≤", "higher": "≥"}[figure["better"]]
    value, goal = ("—" if figure[part] is None else f"{figure[part]:.4g}" for part in ("value", "goal"))
    reached = {None: "—", True: "yes", False: "no"}[figure["reached"]]
    return [figure["name"], value, goal if goal == "—" else f"{sign} {goal}", reached]


def _group_table(results: dict[str, Any], groups: list[str]) -> Table:
    """Ours by group."""
    first = next(iter(results["methods"]))
    columns = [name for name, about in results["metrics"].items() if about["of"] == "clips"]
    rows: list[list[Cell] | None] = []
    for group in groups:
        members = [name for name, about in results["photos"].items() if about["group"] == group]
        row = [Cell(group), Cell(str(len(members)))]
        for name in columns:
            values = [results["scores"][first][name]["clips"][member] for member in members]
            value = mean([float("nan") if value is None else value for value in values])
            row.append(Cell(number(value, results["metrics"][name]["decimals"])))
        rows.append(row)
    return Table("Ours by group", ["Group", "Photos", *(heading(results, name) for name in columns)], rows)


def cell(results: dict[str, Any], method: str, metric: str, interval: bool = True) -> Cell:
    """Value, interval and standing of a method on a metric; — where it has no such score."""
    score, decimals = results["scores"][method].get(metric), results["metrics"][metric]["decimals"]
    if score is None:
        return Cell("—")
    text = number(score["value"], decimals)
    if interval and score["low"] is not None and score["value"] is not None:
        text += f" [{number(score['low'], decimals)}, {number(score['high'], decimals)}]"
    return Cell(text, score.get("standing"))


def number(value: float | None, decimals: int) -> str:
    """A number, or — for None and NaN."""
    return "—" if value is None or value != value else f"{value:.{decimals}f}"


def markdown(made: Iterable[Table]) -> str:
    """Markdown of tables, one below the other, each with its title and notes."""
    parts = []
    for table in made:
        parts += [f"**{table.title}**", "\n".join(markdown_lines(table)), *table.notes]
    return "\n\n".join(parts) + "\n"


def markdown_lines(table: Table) -> Iterator[str]:
    """The lines of a table in Markdown."""
    others = len(table.header) - 1
    lines = [table.header, ["---"] + ["--:"] * others]
    for row in table.rows:
        rule = ["*not to be compared:*"] + [""] * others
        lines.append([_marked(cell, "**{}**", " †") for cell in row] if row else rule)
    yield from (f"| {' | '.join(texts)} |" for texts in lines)


def latex(made: Iterable[Table]) -> str:
    """LaTeX (booktabs) of tables."""
    parts = []
    for table in made:
        lines = [r"\begin{table}", r"\centering", rf"\caption{{{_escaped(table.title)}}}"]
        lines += [rf"\begin{{tabular}}{{l{'c' * (len(table.header) - 1)}}}", r"\toprule"]
        lines += [" & ".join(_escaped(text) for text in table.header) + r" \\", r"\midrule"]
        for row in table.rows:
            # Bold comes after escaping: its braces are LaTeX's own.
            texts = [_escaped(_marked(cell, "{}", " †")) for cell in row or []]
            bold = [
                rf"\textbf{{{text}}}" if cell.standing == "best" else text
                for cell, text in zip(row or [], texts, strict=True)
            ]
            lines.append(" & ".join(bold) + r" \\" if row else r"\midrule")
        lines += [r"\bottomrule", r"\end{tabular}", *(f"\\\\ {_escaped(note)}" for note in table.notes)]
        parts.append("\n".join([*lines, r"\end{table}"]))
    return "\n\n".join(parts) + "\n"


def heading(results: dict[str, Any], name: str) -> str:
    """A metric as the head of a column: label, unit, and which way is better."""
    metric = results["metrics"][name]
    unit = f" ({metric['unit']})" if metric["unit"] else ""
    return f"{metric['label']}{unit} {ARROWS[metric['better']]}"


def _method_rows(
    results: dict[str, Any], columns: list[str], further: Callable[[str], list[Cell]]
) -> list[list[Cell] | None]:
    """Methods that see photo and sound alone, ours last; below a rule those that see the clip or stand."""

    def row(method: str, about: dict[str, Any]) -> list[Cell]:
        return [Cell(about["label"]), *(cell(results, method, name) for name in columns), *further(method)]

    methods = results["methods"]
    apart = {name: about for name, about in methods.items() if about["sees_clip"] or about.get("at_rest")}
    rows: list[list[Cell] | None] = [
        row(name, methods[name]) for name in reversed(methods) if name not in apart
    ]
    if apart:
        rows += [None, *(row(*item) for item in apart.items())]
    return rows


def _paper_cells(row: Any) -> list[Cell]:
    texts = (f"{row.fid:.1f}", f"{row.ssim:.3f}", f"{row.lmd:.2f}") if row else ("",) * 3
    return [Cell(text) for text in texts]


def _title(results: dict[str, Any]) -> str:
    frames, settings = sum(results["frames"].values()), results["settings"]
    what = "photos" if results.get("photos") else "clips"
    drive = "the speech" if settings["drive"] == "speech" else "the clip itself"
    return f"{len(results['clips'])} {what}, {frames} frames, style {settings['style']}, driven by {drive}"


def _marked(cell: Cell, best: str, within: str) -> str:
    if cell.standing == "best":
        return best.format(cell.text)
    return cell.text + within if cell.standing == "within" else cell.text


def _escaped(text: str) -> str:
    for plain, code in _LATEX.items():
        text = text.replace(plain, code)
    return text
