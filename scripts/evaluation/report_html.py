"""The report: tables, and the videos of all methods side by side, as one page beside them."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .store import FILM_VIDEOS, Store, write_text
from .tables import Cell, Table, clip_table, tables

STYLE = """
body{font-family:system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0 1rem}th,td{padding:.3rem .7rem;text-align:right}
td{white-space:nowrap}
th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid #222}
tr.rule td{border-top:1px solid #222;padding:0;height:.4rem}.best{font-weight:700}.note{color:#555}
.clip{display:flex;flex-wrap:wrap;gap:.5rem}figure{margin:0;text-align:center}
figure video,figure img{width:256px;height:256px;background:#eee}figcaption{font-size:.85rem}
.scroll{overflow-x:auto}button{margin:.3rem 0}pre{background:#f4f4f4;padding:1rem;overflow-x:auto}
"""
# One button a clip: all its videos start together, and one of them alone is heard.
SCRIPT = """
for (const button of document.querySelectorAll('button.play')) button.onclick = () => {
  const videos = [...button.closest('section').querySelectorAll('video')];
  const play = videos[0].paused;
  videos.forEach((video, index) => {
    video.muted = index > 0;
    if (!play) return video.pause();
    video.currentTime = 0;
    video.play();
  });
};
"""


def write_report(folder: Path, results: dict[str, Any]) -> Path:
    """index.html in the folder of a run; it needs the folder's videos beside it. Returns its path."""
    made = tables(results)
    parts = [f"<h1>{html.escape(made[0].title)}</h1>"]
    parts += [table_html(table, heading=index > 0) for index, table in enumerate(made)]
    parts += [_clip(Store(folder), results, film) for film in results["films"]]
    parts += ["<h2>Scores clip by clip</h2>", *_clip_tables(results), *_about(results)]
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


def _clip(store: Store, results: dict[str, Any], film: str) -> str:
    rows = {FILM_VIDEOS: "The film"} | {name: about["label"] for name, about in results["methods"].items()}
    figures = [
        f'<figure><video src="{_link(store, name, film)}" controls loop playsinline preload="metadata">'
        "</video>"
        f"<figcaption>{html.escape(label)}</figcaption></figure>"
        for name, label in rows.items()
        if store.video(name, film).exists()
    ]
    return (
        f'<section><h2>{html.escape(film)}</h2><button class="play">Play all / pause</button>'
        f'<div class="clip">{"".join(figures)}</div></section>'
    )


def _link(store: Store, name: str, film: str) -> str:
    return html.escape(quote(str(store.video(name, film).relative_to(store.folder))))


def _clip_tables(results: dict[str, Any]) -> list[str]:
    of_clips = [name for name, metric in results["metrics"].items() if metric["of"] == "clips"]
    return [
        f"<details><summary>{html.escape(results['metrics'][name]['label'])}: "
        f"{html.escape(results['metrics'][name]['definition'])}</summary>"
        f"{table_html(clip_table(results, name), heading=False)}</details>"
        for name in of_clips
    ]


def _about(results: dict[str, Any]) -> list[str]:
    parts = []
    if results["skipped"]:
        lines = (f"<li>{html.escape(f'{film}: {why}')}</li>" for film, why in results["skipped"].items())
        parts.append(f"<h2>Clips left out</h2><ul>{''.join(lines)}</ul>")
    about = {name: results[name] for name in ("provenance", "settings", "methods")}
    text = json.dumps(about, indent=1, ensure_ascii=False)
    return [*parts, f"<h2>How this was made</h2><pre>{html.escape(text)}</pre>"]
