"""Strokes of a line drawing: its ink parted along centre lines, in the order in which a hand would draw it.

The same strokes appear one after another before a clip begins, and are written as paths of an SVG.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt, find_objects
from skimage.morphology import skeletonize

from module1_audio2lmk.foundation.face.align import CROP_SIZE

from ..geometry.lattice_motion import UNIT

if TYPE_CHECKING:
    from ..animator import PortraitAnimator

INK_BELOW = 176  # grey level: what is lighter belongs to the edge of a stroke, or to the paper
SHORTEST = 3  # px of 256 of a centre line; shorter ones are parts of their neighbours
NEAR_JAW = 7.0  # px of 256, within which a line belongs to the face's contour
BROAD = 4.0  # px of 256, half of a stroke's width: what is broader is shadow
JAW, OUTLINE = slice(0, 17), [*range(17), *range(26, 16, -1)]
CONTOUR, FEATURE, HAIR, SHADOW = range(4)
#: A stroke takes this power of its length: long ones are drawn with more speed.
SPEED = 0.7
TOLERANCE = 0.15  # px of 256 that a path may stray from the stroke's edge
LARGEST_SVG = 300_000  # bytes
#: A drawing is in greys from which share of its ink on lies between which levels; levels of its areas in an
#: SVG and what these are filled with; σ px of 256 of the grain that goes, which would be thousands of dots.
GREY_SHARE, GREY = 0.4, (60, 200)
TONES = (
    (236, "#dcdcdc"),
    (205, "#bababa"),
    (168, "#969696"),
    (132, "#707070"),
    (92, "#484848"),
    (52, "#222"),
)
GRAIN = 0.4


@dataclass(frozen=True)
class Strokes:
    """drawing: (S, S) uint8; labels: (S, S) int32, the stroke of each pixel; times: (S, S) float32 in (0, 1],
    when it appears; order: (N,) labels in the order in which they are drawn. Paper has a time of 1."""

    drawing: np.ndarray
    labels: np.ndarray
    times: np.ndarray
    order: np.ndarray

    def shown(self, share: float) -> np.ndarray:
        """What is there after this share, 0 … 1, of the time: (S, S) uint8."""
        return np.where(self.times <= share, self.drawing, np.uint8(255))


def of_frame(animator: PortraitAnimator, landmarks: np.ndarray) -> Strokes:
    """The strokes of a frame of a line style, landmarks (68, 2 or more) px of the 512² crop."""
    points = np.ascontiguousarray(landmarks[:, :2])
    frame = next(animator.frames(points[None]))
    return strokes_of(np.ascontiguousarray(frame[..., 0]), points * (UNIT / CROP_SIZE))


def strokes_of(drawing: np.ndarray, landmarks: np.ndarray) -> Strokes:
    """A drawing (S, S) uint8, 0 is ink, of a face with landmarks (68, 2) px of 256 → its strokes."""
    ink = drawing < INK_BELOW
    unit = drawing.shape[0] / UNIT
    lines = _centre_lines(ink, SHORTEST * unit)
    if not lines:
        return Strokes(drawing, np.zeros(ink.shape, np.int32), np.ones(ink.shape, np.float32), np.arange(0))
    widths = distance_transform_edt(ink)
    points = (landmarks + 0.5) * unit - 0.5
    keys = [_place_in_order(line, widths, points, unit) for line in lines]
    order = np.array(sorted(range(len(lines)), key=keys.__getitem__))
    effort = np.array([len(lines[i]) ** SPEED for i in order])
    ends = np.cumsum(effort) / effort.sum()
    label, time = np.zeros(ink.shape, np.int32), np.full(ink.shape, 2, np.float32)
    # From the last to the first: what two strokes pass over is there with the earlier one.
    for i, end, took in reversed(list(zip(order, ends, effort / effort.sum(), strict=True))):
        rows, columns = lines[i].T
        label[rows, columns] = i + 1
        passed = end - took + took * np.arange(1, len(rows) + 1) / len(rows)
        _brushed(time, lines[i][::-1], passed[::-1], widths)
    labels, times = _spread(label, label > 0), np.minimum(_spread(time, time < 2), np.float32(1))
    blank = drawing == 255
    labels[blank], times[blank] = 0, 1
    return Strokes(drawing, labels, times, order + 1)


def _brushed(time: np.ndarray, line: np.ndarray, passed: np.ndarray, widths: np.ndarray) -> None:
    """Into time (S, S), when a round brush, as wide as the ink, passes over a line (N, 2) rows, columns."""
    for (row, column), radius, when in zip(
        line.tolist(), widths[tuple(line.T)].tolist(), passed.tolist(), strict=True
    ):
        cv2.circle(time, (column, row), int(radius), when, cv2.FILLED)


def _spread(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values (S, S) where they are known, (S, S) bool, and the nearest of these elsewhere."""
    nearest = distance_transform_edt(~known, return_distances=False, return_indices=True)
    return values[tuple(nearest)]


def intro(strokes: Strokes, frames: int) -> Iterator[np.ndarray]:
    """The drawing as it comes into being, (S, S, 3) uint8 RGB each; the last frame is all of it."""
    for number in range(1, frames + 1):
        yield cv2.cvtColor(strokes.shown(number / frames), cv2.COLOR_GRAY2RGB)


def svg(strokes: Strokes) -> str:
    """The strokes as one path each, in their order, or what is drawn in greys as one path a tone; as exact as
    fits into LARGEST_SVG bytes."""
    tolerance = TOLERANCE * strokes.drawing.shape[0] / UNIT
    ink = strokes.drawing[strokes.drawing < GREY[1]]
    paths = _tones if (ink > GREY[0]).sum() > GREY_SHARE * ink.size else _strokes
    while len(text := _svg(len(strokes.drawing), paths(strokes, tolerance))) > LARGEST_SVG:
        tolerance *= 1.5
    return text


def _svg(size: int, paths: Iterator[tuple[str, str]]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">\n'
    body = f'<rect width="{size}" height="{size}" fill="#fff"/>\n'
    body += '<g fill-rule="evenodd" stroke-width="1.3" stroke-linejoin="round">\n'
    drawn = "".join(f'<path {colour} d="{path}"/>\n' for colour, path in paths if path)
    return head + body + drawn + "</g>\n</svg>\n"


def _strokes(strokes: Strokes, tolerance: float) -> Iterator[tuple[str, str]]:
    ink = (strokes.drawing < 128).astype(np.uint8)
    for label, (rows, columns) in _boxes(strokes.labels, strokes.order):
        part = ink[rows, columns] * (strokes.labels[rows, columns] == label)
        # A thin line around each joins strokes that touch.
        yield 'stroke="#000"', _outlines(part, (columns.start - 0.5, rows.start - 0.5), tolerance)


def _tones(strokes: Strokes, tolerance: float) -> Iterator[tuple[str, str]]:
    drawing = cv2.GaussianBlur(strokes.drawing, (0, 0), GRAIN * len(strokes.drawing) / UNIT)
    for below, colour in TONES:
        yield f'fill="{colour}"', _outlines((drawing < below).astype(np.uint8), (-0.5, -0.5), tolerance)


def _outlines(part: np.ndarray, offset: tuple[float, float], tolerance: float) -> str:
    """The outlines of a part (h, w) uint8 in {0, 1}, holes too, as an SVG path; empty without any."""
    part = cv2.copyMakeBorder(part, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    outlines, _ = cv2.findContours(part, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return "".join(_path(outline[:, 0], offset, tolerance) for outline in outlines)


def _boxes(labels: np.ndarray, order: np.ndarray) -> Iterator[tuple[int, tuple[slice, slice]]]:
    """Each stroke with the rows and columns that hold it."""
    found = find_objects(labels)
    for label in order.tolist():
        if label <= len(found) and found[label - 1] is not None:
            yield label, found[label - 1]


def _path(outline: np.ndarray, offset: tuple[float, float], tolerance: float) -> str:
    """A closed outline (N, 2) px → SVG: corners joined by curves through the middles of its sides."""
    corners = cv2.approxPolyDP(outline.astype(np.int32), tolerance, True)[:, 0] + np.array(offset)
    if len(corners) < 3:
        return ""
    middles = (corners + np.roll(corners, -1, 0)) / 2
    turns = zip(np.roll(corners, -1, 0), np.roll(middles, -1, 0), strict=True)
    curves = (f"Q{_number(corner)} {_number(middle)}" for corner, middle in turns)
    return f"M{_number(middles[0])}{''.join(curves)}Z"


def _number(point: np.ndarray) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}".replace(".0", "")


def _centre_lines(ink: np.ndarray, shortest: float) -> list[np.ndarray]:
    """Ink (S, S) bool → its centre lines between junctions, each (N, 2) rows and columns along the line."""
    skeleton = skeletonize(ink).astype(np.uint8)
    around = cv2.filter2D(skeleton, -1, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT)
    branches = skeleton * (around <= 3)  # a pixel of a line has two neighbours at most
    count, parts, stats, _ = cv2.connectedComponentsWithStats(branches, connectivity=8)
    lines = []
    for number in range(1, count):
        left, top, width, height, area = stats[number]
        # Dots are strokes of their own where no line is near: they are all that is there of theirs.
        if (
            area >= shortest
            or not (around * (parts != number))[top : top + height, left : left + width].any()
        ):
            places = np.argwhere(parts[top : top + height, left : left + width] == number) + (top, left)
            lines.append(_walked(places))
    return lines


def _walked(places: np.ndarray) -> np.ndarray:
    """Pixels (N, 2) of a line in the order in which it passes them, from an end; of a ring from any."""
    left = {tuple(place) for place in places.tolist()}
    steps = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]

    def neighbours(place: tuple[int, int]) -> list[tuple[int, int]]:
        return [near for dy, dx in steps if (near := (place[0] + dy, place[1] + dx)) in left]

    ahead = [next((one for one in left if len(neighbours(one)) <= 1), next(iter(left)))]
    walked = []
    while ahead:
        walked.append(ahead[0])
        left.discard(ahead[0])
        ahead = neighbours(ahead[0])
    return np.array(walked + sorted(left))


def _place_in_order(
    line: np.ndarray, widths: np.ndarray, points: np.ndarray, unit: float
) -> tuple[int, float, float]:
    """Contours along the jaw, features from the brows down, then hair around the head, at last shadow."""
    middle = line[len(line) // 2, ::-1].astype(np.float32)
    centre = points[27:36].mean(0)
    turn = float(np.arctan2(*(middle - centre)))
    if np.median(widths[tuple(line.T)]) > BROAD * unit:
        return SHADOW, turn, 0.0
    jaw = np.linalg.norm(points[JAW] - middle, axis=1)
    outline = cv2.convexHull(points[OUTLINE].astype(np.float32))
    inside = cv2.pointPolygonTest(outline, tuple(map(float, middle)), True)
    if np.min(_distances(points[JAW], middle)) < NEAR_JAW * unit:
        return CONTOUR, float(jaw.argmin()), float(middle[1])
    if inside > 0:
        return FEATURE, round(float(middle[1] - centre[1]) / (12 * unit)), float(middle[0])
    return HAIR, turn, float(np.hypot(*(middle - centre)))


def _distances(polyline: np.ndarray, point: np.ndarray) -> np.ndarray:
    """From the sides of a polyline (N, 2) to a point: (N − 1,) px."""
    sides = np.diff(polyline, axis=0)
    share = ((point - polyline[:-1]) * sides).sum(1) / np.maximum((sides**2).sum(1), 1e-6)
    return np.linalg.norm(polyline[:-1] + np.clip(share, 0, 1)[:, None] * sides - point, axis=1)
