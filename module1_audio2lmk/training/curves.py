"""Curves of a training run: CSV, a page of plain SVG, and visdom where its server is asked for."""

from __future__ import annotations

import csv
import html
from pathlib import Path
from typing import Any

from ..foundation.errors import warn
from ..foundation.files import atomic_path

_WIDTH, _HEIGHT = 640, 200


class Curves:
    """Collects (step, name, value); ``visdom_env`` also sends them to a running visdom server."""

    def __init__(self, visdom_env: str | None = None) -> None:
        self.rows: list[tuple[int, str, float]] = []
        self._visdom = _connect(visdom_env) if visdom_env else None

    def add(self, step: int, values: dict[str, float]) -> None:
        """Note the values of a step."""
        for name, value in values.items():
            self.rows.append((step, name, float(value)))
            if self._visdom is not None:
                window = {"win": name, "opts": {"title": name}, "update": "append"}
                self._visdom.line(X=[step], Y=[float(value)], **window)

    def write(self, folder: Path) -> None:
        """Write curves.csv and curves.html."""
        with atomic_path(folder / "curves.csv") as temporary, open(temporary, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("step", "name", "value"))
            writer.writerows(self.rows)
        names = list(dict.fromkeys(name for _, name, _ in self.rows))
        figures = [_figure(name, [(s, v) for s, n, v in self.rows if n == name]) for name in names]
        page = "<!doctype html><meta charset=utf-8><title>Curves</title>" + "".join(figures)
        with atomic_path(folder / "curves.html") as temporary:
            temporary.write_text(page, encoding="utf-8")


def _figure(name: str, points: list[tuple[int, float]]) -> str:
    """One curve as SVG; long ones are thinned out to the width of the picture."""
    every = max(1, len(points) // _WIDTH)
    means = [points[i : i + every] for i in range(0, len(points), every)]
    points = [(part[-1][0], sum(v for _, v in part) / len(part)) for part in means]
    values = [value for _, value in points]
    low, high, last = min(values), max(values), max(1, points[-1][0])
    spread = (high - low) or 1.0
    line = " ".join(
        f"{step / last * _WIDTH:.1f},{_HEIGHT - (value - low) / spread * _HEIGHT:.1f}"
        for step, value in points
    )
    title = f"{html.escape(name)}: {values[-1]:.4g} (from {low:.4g} to {high:.4g})"
    return (
        f"<h3>{title}</h3><svg width={_WIDTH} height={_HEIGHT} style='border:1px solid #ccc'>"
        f"<polyline fill=none stroke=black points='{line}'/></svg>"
    )


def _connect(environment: str) -> Any:
    import visdom

    server = visdom.Visdom(env=environment, raise_exceptions=False)
    if not server.check_connection(timeout_seconds=3):
        warn("no visdom server answers; start one with `python -m visdom.server`, or see curves.html")
        return None
    return server
