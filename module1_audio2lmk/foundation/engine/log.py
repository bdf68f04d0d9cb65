"""Log of a run: rows of values as JSON lines, from which a CSV and curves are made."""

import csv
import json
import math
from pathlib import Path
from typing import NamedTuple

from ..data_files import read_lines
from ..errors import warn
from ..files import atomic_path, write_text

WIDTH, HEIGHT = 640, 160  # px of a curve

Row = dict[str, float]


class Curve(NamedTuple):
    """A curve of a page: title; places "x,y …" px in a picture, "" where no value is finite."""

    title: str
    places: str
    width: int = WIDTH
    height: int = HEIGHT


class Log:
    """FOLDER/STEM.jsonl, a line a row, and STEM.csv, made from it by `write`.

    clocks: names that every row begins with, the last of which only grows: epoch and images, or step.
    resume_at: rows after so much of it are dropped, all of them at 0.
    """

    def __init__(self, folder: Path, stem: str, clocks: tuple[str, ...], resume_at: int = 0) -> None:
        self.path, self.clocks = folder / f"{stem}.jsonl", clocks
        found = _read(self.path, clocks) if resume_at else []
        self.rows = [row for row in found if row[clocks[-1]] <= resume_at]
        write_text(self.path, "".join(map(_line, self.rows)))

    def add(self, row: Row) -> None:
        """row: clocks, then values by name."""
        with self.path.open("a") as file:
            file.write(_line(row))
        self.rows.append(row)

    def names(self) -> list[str]:
        """Of the values, in the order in which they first appeared."""
        return [
            name for name in dict.fromkeys(n for row in self.rows for n in row) if name not in self.clocks
        ]

    def points(self, name: str) -> list[tuple[float, float]]:
        """(last clock, value) of every row that has the value."""
        return [(row[self.clocks[-1]], row[name]) for row in self.rows if name in row]

    def write(self) -> None:
        """The CSV of all rows."""
        with (
            atomic_path(self.path.with_suffix(".csv")) as temporary,
            temporary.open("w", newline="") as file,
        ):
            table = csv.DictWriter(file, [*self.clocks, *self.names()])
            table.writeheader()
            table.writerows(self.rows)

    def curves(self) -> list[Curve]:
        """One a name."""
        return [_curve(name, self.points(name)) for name in self.names()]


def _read(path: Path, clocks: tuple[str, ...]) -> list[Row]:
    """The rows of a file, up to the first that a killed run left half-written."""
    rows: list[Row] = []
    # A run that was killed before its first row leaves an empty log.
    there = path.is_file() and path.stat().st_size > 0
    for line in read_lines(path, "log of a run") if there else ():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        numbers = isinstance(row, dict) and all(isinstance(value, int | float) for value in row.values())
        if not numbers or not set(clocks) <= set(row):
            warn(f"{path}: row {len(rows) + 1} was cut off; it and what follows are left out")
            break
        rows.append(row)
    return rows


def _line(row: Row) -> str:
    return json.dumps(row) + "\n"


def _curve(name: str, points: list[tuple[float, float]]) -> Curve:
    """Long ones are thinned out to the width of the picture."""
    points = [(x, y) for x, y in points if math.isfinite(y)]
    if not points:
        return Curve(f"{name}: no finite value", "")
    every = max(1, len(points) // WIDTH)
    parts = [points[i : i + every] for i in range(0, len(points), every)]
    means = [(part[-1][0], sum(y for _, y in part) / len(part)) for part in parts]
    values = [y for _, y in means]
    low, high, first = min(values), max(values), means[0][0]
    across, spread = (means[-1][0] - first) or 1.0, (high - low) or 1.0
    line = " ".join(
        f"{(x - first) / across * WIDTH:.1f},{HEIGHT - (y - low) / spread * HEIGHT:.1f}" for x, y in means
    )
    return Curve(f"{name}: {points[-1][1]:.4f} (from {low:.4g} to {high:.4g})", line)
