"""Page of a run: tables, and the videos of all methods side by side."""

import html
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from module1_audio2lmk.foundation.files import write_text

from .store import CLIP_VIDEOS, Store
from .tables import Cell, Table, tables

PAGES = Path(__file__).parent / "pages"
STYLE, SCRIPT = ((PAGES / f"report.{kind}").read_text("utf-8") for kind in ("css", "js"))


def write_report(folder: Path, results: dict[str, Any]) -> Path:
    """index.html in the folder of a run; it needs the folder's videos beside it. Returns its path."""
    made, store = tables(results), Store(folder)
    parts = [f"<h1>{html.escape(made[0].title)}</h1>"]
    parts += [table_html(table, heading=index > 0) for index, table in enumerate(made)]
    parts += [_clip(store, results, clip) for clip in results["clips"]]
    parts += _left_out(results["skipped"])
    path = folder / "index.html"
    write_text(path, page(made[0].title, parts, SCRIPT))
    return path


def page(title: str, parts: Iterable[str], script: str = "") -> str:
    """A whole HTML page."""
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style>'
    body = "\n".join(parts)
    return (
        f"<!DOCTYPE html>\n<html><head>{head}</head><body>\n{body}\n<script>{script}</script></body></html>\n"
    )


def table_html(table: Table, heading: bool = True) -> str:
    parts = [f"<h2>{html.escape(table.title)}</h2>"] if heading else []
    parts.append('<div class="scroll"><table><thead><tr>')
    parts += [f"<th>{html.escape(text)}</th>" for text in table.header]
    parts.append("</tr></thead><tbody>")
    for row in table.rows:
        if row is None:
            parts.append(f'<tr class="rule"><td colspan="{len(table.header)}"></td></tr>')
        else:
            parts.append("<tr>" + "".join(_cell_html(cell) for cell in row) + "</tr>")
    parts.append("</tbody></table></div>")
    parts += [f'<p class="note">{html.escape(note)}</p>' for note in table.notes]
    return "\n".join(parts)


def _cell_html(cell: Cell) -> str:
    kind = ' class="best"' if cell.standing == "best" else ""
    return f"<td{kind}>{html.escape(cell.text)}{' †' if cell.standing == 'within' else ''}</td>"


def gallery(folder: Path, shown: list[tuple[Path, str]]) -> str:
    """Pictures and videos below a folder side by side, each with its caption."""
    figures = []
    for path, caption in shown:
        link = html.escape(quote(str(path.relative_to(folder))))
        picture = f'<img src="{link}">'
        if path.suffix == ".mp4":
            picture = f'<video src="{link}" controls loop playsinline preload="metadata"></video>'
        figures.append(f"<figure>{picture}<figcaption>{html.escape(caption)}</figcaption></figure>")
    return f'<div class="clip">{"".join(figures)}</div>'


def _clip(store: Store, results: dict[str, Any], clip: str) -> str:
    """The clip itself, or photo and drawing, then the videos of all methods."""
    shown = [(store.still(clip), "Photo, drawing"), (store.video(CLIP_VIDEOS, clip), "The clip")]
    shown += [(store.video(name, clip), about["label"]) for name, about in results["methods"].items()]
    photo = results.get("photos", {}).get(clip)
    title = f"{clip}, moved as {photo['clip']}" if photo else clip
    return (
        f'<section><h2>{html.escape(title)}</h2><button class="play">Play all / pause</button>'
        f"{gallery(store.folder, [one for one in shown if one[0].exists()])}</section>"
    )


def _left_out(skipped: dict[str, str]) -> list[str]:
    lines = "".join(f"<li>{html.escape(f'{clip}: {why}')}</li>" for clip, why in skipped.items())
    return [f"<h2>Left out</h2><ul>{lines}</ul>"] if skipped else []
