"""Silhouette: lines of jaw, neck, ears and lower lip where a photo shows them too weakly for a style to draw.

A guide (landmarks, the matte's edge) says where a line may be, the photo where it is: the path of the largest
change of colour across the guide, found by dynamic programming. It is drawn only as far as there is such a
change and no ink yet, so that a face gets lines, not an outline.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ..geometry.lattice_motion import UNIT

SIDE = 512  # px of the photo that is looked at; all lengths below are in px of it
COLOUR = (1.0, 0.8, 0.5)  # of L, a and b, weights of changes
FINEST = 1.3  # σ of the blur before they are measured
ALONG = 6.0  # σ along a path over which evidence is averaged
WEAK, CLEAR = 0.3, 0.8  # units of L per px: where a line ends, and what some part of it reaches
ENOUGH = 2.0  # where more makes a path no better
BEND = 0.8  # cost of a px by which a path moves sideways from one px to the next
STANDS_OUT = 1.2  # times the mean across the guide
SHORTEST, TAPER = 22, 16  # length of a line, and of its ends that grow thin
INK_NEAR, INK_BELOW = 5, 150  # a line is there already if ink, grey below, is so near
JAW_NEAR = 12  # so near a jaw, which has the shadow on the neck beside it: two lines would be a double chin
OVERLAP = 4  # that a line goes on into one that is there
STEADY = 3.0  # σ of the blur of paths
ROUND = 6.0  # σ of that of guides, a fifth of the way from landmark to landmark
SUBPIXEL = 4  # binary places of OpenCV's coordinates
OVERSAMPLING = 3
LIP_LOWER = (54, 55, 56, 57, 58, 59, 48)
#: Part of the lower lip's edge that is drawn, as draughtsmen do: a contour all around lips is taken for an
#: open mouth, by landmark detectors, too (lips 4.9 px of 256 off; 3.6 without any, 3.0 with this part).
LIP_PART = (0.28, 0.72)


@dataclass(frozen=True)
class Guide:
    """Where a line may be: points (N, 2) px of 512, about a px apart, reach to either side, width of it.

    near: how far away ink is the same line.
    """

    points: np.ndarray
    reach: int
    width: float
    near: int = INK_NEAR


def outlined(
    drawing: np.ndarray, photo: np.ndarray, landmarks: np.ndarray, matte: np.ndarray, pen: tuple[float, float]
) -> np.ndarray:
    """A line drawing (D, D) uint8 with the lines that it lacks; a new one.

    photo: (512, 512, 3) uint8 RGB; landmarks: (68, 2) px of 256; matte: (256, 256) uint8, 1 on the person;
    pen: width of the style's lines as a share of the line drawing's, and their darkness, 0 … 1.
    """
    changes = changes_of(photo)
    ink = np.zeros(drawing.shape, np.float32)
    seen = cv2.resize(drawing, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    for guide in guides(landmarks, matte):
        for path, width in lines(guide, changes, seen):
            new = stroke(path, width * pen[0], len(drawing))
            np.maximum(ink, new, out=ink)
            seen = np.minimum(seen, 255 - 255 * cv2.resize(new, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return np.rint(np.minimum(drawing, 255 * (1 - pen[1] * ink))).astype(np.uint8)


def guides(landmarks: np.ndarray, matte: np.ndarray) -> Iterator[Guide]:
    """Jaw, lower lip, the person's edge."""
    marks = (landmarks + 0.5) * (SIDE / UNIT) - 0.5
    scale = float(np.linalg.norm(marks[45] - marks[36])) / 180  # of a face that fills the frame as usual
    yield Guide(_curve(marks[1:16]), round(14 * scale), 3.2, round(JAW_NEAR * scale))
    lip = _curve(marks[list(LIP_LOWER)])
    start, end = (round(share * len(lip)) for share in LIP_PART)
    yield Guide(lip[start:end], round(7 * scale), 2.4)
    edges, _ = cv2.findContours(matte, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for edge in edges:
        points = (edge[:, 0].astype(np.float32) + 0.5) * (SIDE / UNIT) - 0.5
        inside = ((points > 4) & (points < SIDE - 5)).all(1)
        for part in _runs(inside):
            if len(points[part]) > 20:
                yield Guide(_curve(points[part]), round(12 * scale), 3.2)


def lines(guide: Guide, changes: np.ndarray, seen: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Paths (N, 2) px of 512 near a guide, with widths (N,) px, of lines that are clear and not drawn yet."""
    path, strength, usual = found(guide, changes)
    across = _normals(guide.points)
    inked = _ink_near(seen, path, across, guide.near)
    shown = (strength > WEAK) & (strength > STANDS_OUT * usual) & ~inked
    for run in _runs(shown):
        if run.stop - run.start < SHORTEST or strength[run].max() < CLEAR:
            continue
        longer = slice(max(run.start - OVERLAP, 0), run.stop + OVERLAP)
        length = longer.stop - longer.start
        place = np.arange(len(path[longer]))
        taper = np.minimum(place + 1, len(place) - place) / TAPER
        clear = 0.55 + 0.45 * np.clip((strength[longer] - WEAK) / (CLEAR - WEAK), 0, 1)
        yield path[longer], guide.width * clear * np.sqrt(taper.clip(0, 1)) * min(1.0, length / 60 + 0.5)


def found(guide: Guide, changes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The path (N, 2) px of 512 of the largest change across a guide, that change (N,), and its mean (N,)."""
    across = _normals(guide.points)
    offsets = np.arange(-guide.reach, guide.reach + 1)
    grid = (guide.points[:, None] + offsets[:, None] * across[:, None]).astype(np.float32)
    field = cv2.remap(changes, grid, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    evidence = np.sqrt(
        ((field[..., ::2] * across[:, None, :1] + field[..., 1::2] * across[:, None, 1:]) ** 2).sum(-1)
    )
    evidence = cv2.GaussianBlur(evidence, (1, 0), 0.001, sigmaY=ALONG)
    chosen = _best_path(np.minimum(evidence, ENOUGH))
    rows = np.arange(len(chosen))
    return _steady(grid[rows, chosen], STEADY), evidence[rows, chosen], evidence.mean(1)


def changes_of(photo: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 RGB → (S, S, 6) float32: changes of L, a and b to the right and down, per px."""
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) * np.array(COLOUR, np.float32)
    lab = cv2.GaussianBlur(lab, (0, 0), FINEST)
    right, down = (cv2.Scharr(lab, cv2.CV_32F, *axis, scale=1 / 32) for axis in ((1, 0), (0, 1)))
    return np.stack((right, down), -1).reshape(*lab.shape[:2], 6)


def _best_path(gain: np.ndarray) -> np.ndarray:
    """(N, K) → (N,): the column of each row of the path with the largest gain that does not jump."""
    total, came = gain[0].copy(), np.zeros(gain.shape, np.int8)
    padded = np.full(gain.shape[1] + 2, -np.inf, np.float32)
    for row in range(1, len(gain)):
        padded[1:-1] = total
        options = np.stack((padded[:-2] - BEND, padded[1:-1], padded[2:] - BEND))
        came[row] = options.argmax(0) - 1
        total = options.max(0) + gain[row]
    chosen = np.empty(len(gain), int)
    chosen[-1] = total.argmax()
    for row in range(len(gain) - 1, 0, -1):
        chosen[row - 1] = chosen[row] + came[row, chosen[row]]
    return chosen


def _ink_near(seen: np.ndarray, path: np.ndarray, across: np.ndarray, near: int) -> np.ndarray:
    """(N,) bool: whether ink lies beside the points of a path."""
    offsets = np.arange(-near, near + 1)[:, None]
    grid = (path[:, None] + offsets * across[:, None]).astype(np.float32)
    grey = cv2.remap(seen, grid, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return grey.min(1) < INK_BELOW


def _runs(flags: np.ndarray) -> list[slice]:
    """Where flags (N,) are true, one slice each."""
    steps = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    return [slice(a, b) for a, b in zip(np.nonzero(steps == 1)[0], np.nonzero(steps == -1)[0], strict=True)]


def _steady(points: np.ndarray, sigma: float) -> np.ndarray:
    """Points (N, 2) blurred along their line."""
    return cv2.GaussianBlur(
        points.astype(np.float32), (1, 0), 0.001, sigmaY=sigma, borderType=cv2.BORDER_REPLICATE
    )


def _curve(points: np.ndarray) -> np.ndarray:
    """Points a px apart on the line through (K, 2), its corners rounded: a guide need be no nearer."""
    return _steady(even(points), ROUND)


def even(points: np.ndarray) -> np.ndarray:
    """Points a px apart on the line through (K, 2)."""
    ways = np.concatenate(([0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))))
    at = np.arange(0, ways[-1], 1.0)
    return np.stack([np.interp(at, ways, axis) for axis in points.T], 1)


def _normals(points: np.ndarray) -> np.ndarray:
    """Unit vectors across a line of points (N, 2)."""
    along = np.gradient(_steady(points, STEADY), axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    return np.stack((-along[:, 1], along[:, 0]), 1)


def stroke(path: np.ndarray, width: np.ndarray, size: int) -> np.ndarray:
    """A stroke along a path (N, 2), widths (N,), px of 512 → ink (size, size) in [0, 1]."""
    aside = _normals(path) * (width / 2)[:, None]
    outline = (np.concatenate((path + aside, (path - aside)[::-1])) + 0.5) * (size / SIDE) - 0.5
    low, high = (np.floor(outline.min(0)) - 2).clip(0).astype(int), (np.ceil(outline.max(0)) + 3).astype(int)
    canvas = np.zeros(((high - low)[::-1] * OVERSAMPLING), np.uint8)
    places = ((outline - low + 0.5) * OVERSAMPLING - 0.5) * 2**SUBPIXEL
    cv2.fillPoly(canvas, [np.rint(places).astype(np.int32)], 255, cv2.LINE_AA, SUBPIXEL)
    part = cv2.resize(canvas, tuple((high - low).tolist()), interpolation=cv2.INTER_AREA)
    ink = np.zeros((size, size), np.float32)
    rows, columns = ink[low[1] : high[1], low[0] : high[0]].shape
    ink[low[1] : high[1], low[0] : high[0]] = part[:rows, :columns] / np.float32(255)
    return ink
