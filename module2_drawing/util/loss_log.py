"""Losses of a run: a line of text, a row of CSV and a line of JSON each time, and curves as SVG."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from module1_audio2lmk.foundation.data_files import read_lines
from module1_audio2lmk.foundation.files import atomic_path

COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#000000")
_LEADING = ("epoch", "images")

Row = dict[str, float]


def _rows(path: Path) -> Iterator[Row]:
    """The rows of a losses.jsonl up to the first that a killed run left half-written."""
    for line in read_lines(path, "list of losses"):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            return
        if not isinstance(row, dict) or not all(isinstance(value, int | float) for value in row.values()):
            return
        if not set(_LEADING) <= set(row):
            return
        yield row


class LossLog:
    """FOLDER/loss_log.txt, losses.csv, losses.jsonl. `resume_at`: rows after so many images are dropped."""

    def __init__(self, folder: Path, resume_at: int = 0) -> None:
        self.folder = folder
        self.rows: list[Row] = []
        if resume_at and (folder / "losses.jsonl").is_file():
            self.rows = [row for row in _rows(folder / "losses.jsonl") if row["images"] <= resume_at]
        for name, content in (("losses.jsonl", self._json(self.rows)), ("losses.csv", self._csv(self.rows))):
            with atomic_path(folder / name) as temporary:
                temporary.write_text(content)

    def add(self, epoch: int, images: int, losses: dict[str, float]) -> None:
        """losses: name → mean since the last row."""
        row = {"epoch": epoch, "images": images, **losses}
        with (self.folder / "losses.csv").open("a", newline="") as file:
            file.write(self._csv([row], header=not self.rows))
        with (self.folder / "losses.jsonl").open("a") as file:
            file.write(self._json([row]))
        self.rows.append(row)

    def message(self, line: str) -> None:
        with (self.folder / "loss_log.txt").open("a") as file:
            file.write(line + "\n")

    def chart(self, width: int = 900, height: int = 260) -> str:
        """All curves as one SVG, each scaled to its own maximum, which the legend gives."""
        if len(self.rows) < 2:
            return ""
        names = [name for name in self.rows[-1] if name not in _LEADING]
        first, last = self.rows[0]["images"], self.rows[-1]["images"]
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + 18 * len(names)}">']
        for i, name in enumerate(names):
            points = [(row["images"], row[name]) for row in self.rows if name in row]
            peak = max(abs(value) for _, value in points) or 1.0
            x = [(images - first) / (last - first) * width for images, _ in points]
            y = [height - max(0.0, value) / peak * height for _, value in points]
            places = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
            colour = COLOURS[i % len(COLOURS)]
            parts.append(f'<polyline fill="none" stroke="{colour}" points="{places}"/>')
            label = f"{name}: {points[-1][1]:.4f}, at most {peak:.4f}"
            parts.append(f'<text x="4" y="{height + 18 * i + 14}" fill="{colour}">{label}</text>')
        return "".join([*parts, "</svg>"])

    def _json(self, rows: list[Row]) -> str:
        return "".join(json.dumps(row) + "\n" for row in rows)

    def _csv(self, rows: list[Row], header: bool = True) -> str:
        if not rows:
            return ""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), extrasaction="ignore")
        if header:
            writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()
