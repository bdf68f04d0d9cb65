"""Open lips of a photo in lines: what is between them is not stretched as they open further.

Teeth would grow, and a thin line beside the dark would become steps. What is in the upper part of the gap
goes with the upper lip, the rest with the lower one: between them, below a row of teeth, the mouth is dark.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from .lip_shapes import edges, filled
from .shut_lips import SHOWS_TEETH

ACROSS = np.linspace(-1, 1, 129)  # places between the corners of the mouth, half-widths from its middle
SMOOTH = 8  # σ in these, of where that stroke is
STROKE = 3.0  # px of 256 inside of the gap that may be of the stroke along the lower lip
WITHIN = 0.4  # px of 256 of that stroke into which the dark above it goes
#: px of 256 beside the lips' edges that keep their size as these shut, for squeezed lines would become dots;
#: and by how much what is between is squeezed at most.
KEPT, MOST_SQUEEZED = 2.5, 50.0
SEAM = 1.0  # px by which the dark goes over what is beside it
#: Ink below teeth, in half-widths of the gap and of what has opened, and px of 256 of paper below, at least.
DEPTH, LEAST_PAPER = (0.13, 0.27), 1.5
LEAST = 0.5  # px that a mouth opens further before it is drawn
DARKEST = 0.95  # of the ink of the darkest row of a gap: the first row with it is where it parts


@dataclass(frozen=True)
class OpenLips:
    """Of a photo, at ACROSS, (K,) px of 256.

    height: of the gap; lower: of what goes with the lower lip, the rest goes with the upper one; dark: how
    far above the edge of the lower lip ends what is dark as the mouth opens further; teeth: whether paper is
    below that in a wide mouth.
    """

    height: np.ndarray
    lower: np.ndarray
    dark: np.ndarray
    teeth: bool

    def moved(self, place: np.ndarray, landmarks: np.ndarray, side: int) -> tuple[np.ndarray, ...]:
        """Change where pixels of a frame come from, (S, S, 2) px, between its lips, landmarks (68, 2)
        px of 256; side: px of what is moved.

        Returns outlines (N, 2) px: of what is dark between them, and in wide mouths of the paper below.
        """
        gap, unit = _Gap.of(landmarks, len(place)), len(place) / 256
        if gap is None:
            return ()
        height, under, stroke = (
            np.interp(gap.across, ACROSS, part) * unit for part in (self.height, self.lower, self.dark)
        )
        kept = np.minimum(KEPT * unit, np.minimum(gap.height, height) / 2)
        squeezed = (height - 2 * kept) / np.maximum(gap.height - 2 * kept, 1e-3)
        squeezed = np.where(gap.height < height, np.clip(squeezed, 1, MOST_SQUEEZED), 1)
        under = np.where(under > kept, kept + (under - kept) / squeezed, under)
        first, last = int(gap.top.min()), int(np.ceil(gap.low.max())) + 1
        part = place[first:last, gap.columns]
        rows = np.arange(first, last, dtype=np.float32)[:, None]
        column = np.arange(part.shape[1], dtype=np.float32)
        above, below = rows - gap.top, gap.low - rows
        sides = []
        for edge in (gap.top, gap.low):
            at = (edge - first).astype(np.float32)[None]
            sides.append(cv2.remap(part, column[None], at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
        nearer = below < under
        away = np.where(nearer, below, above)
        away = (away + np.maximum(away - kept, 0) * (squeezed - 1)) * (side / len(place))
        held = np.where(nearer[..., None], sides[1], sides[0])
        held[..., 1] += np.where(nearer, -away, away)
        inside = (above > 0) & (below > 0)
        part[inside] = held[inside]
        more = gap.height - height
        if more.max() < LEAST:
            return ()
        begins, opened = gap.top + height - stroke - more.clip(0, SEAM), more.clip(0) + 2 * more.clip(0, SEAM)
        paper = 0.0
        if self.teeth:
            paper = (1 - DEPTH[1]) * opened.max() - DEPTH[0] * len(gap.across) / 2
            paper = float(np.clip(2 * (paper - LEAST_PAPER * unit), 0, max(paper, 0))) / opened.max()
        xs = np.arange(gap.columns.start, gap.columns.stop)
        above = np.maximum(opened - 2 * SEAM - WITHIN * unit, 0)  # the stroke
        depths = 0 * opened, (1 - paper) / 2 * opened, (1 - paper) * opened, above
        rims = [np.stack((xs, begins + deep), 1) for deep in depths]
        dark, below = (np.concatenate((rims[i], rims[i + 2][::-1])) for i in (0, 1))
        return (dark, below) if paper else (dark,)


@dataclass(frozen=True)
class _Gap:
    """The gap between lips by columns of a frame: places between the corners, rows of its edges, heights."""

    columns: slice
    across: np.ndarray
    top: np.ndarray
    low: np.ndarray
    height: np.ndarray

    @classmethod
    def of(cls, landmarks: np.ndarray, size: int) -> _Gap | None:
        """Of landmarks (68, 2) px of 256; None where the frame of `size` px does not hold it."""
        landmarks = (landmarks + 0.5) * (size / 256) - 0.5
        upper, lower = edges(landmarks)
        left, right = int(np.ceil(landmarks[60, 0])), int(landmarks[64, 0])
        both = np.concatenate((upper, lower))[:, 1]
        if left < 0 or right >= size or right - left < 2 or both.min() < 1 or both.max() > size - 3:
            return None
        xs = np.arange(left, right)
        across = (xs - landmarks[60, 0]) / (landmarks[64, 0] - landmarks[60, 0]) * 2 - 1
        top, low = (np.interp(xs, edge[:, 0], edge[:, 1]) for edge in (upper, lower))
        return cls(slice(left, right), across, top, np.maximum(low, top), np.maximum(low - top, 0))


def open_lips(drawing: np.ndarray, landmarks: np.ndarray, teeth: bool) -> OpenLips | None:
    """Of a drawing in lines (D, D) uint8, landmarks (68, 2) px of 256; None where its lips are shut.

    teeth: whether it leaves those as paper, which go down to the lower lip.
    """
    unit = len(drawing) / 256
    gap = _Gap.of(landmarks, len(drawing))
    if mouth_opening(landmarks) <= SHOWS_TEETH or gap is None:
        return None
    height = np.interp(ACROSS, gap.across, gap.height) / unit
    lower, shares = np.minimum(STROKE, height / 2), np.linspace(0.1, 0.9, 33)
    if teeth:
        aside = np.linspace(-STROKE, STROKE, 49)[:, None]
        ink = _ink(drawing, gap, gap.low + aside * unit)
        seen = np.where(ink.max(0) > 127, -aside[np.argmax(ink > 127, 0), 0], 0)
        dark = cv2.GaussianBlur(np.interp(ACROSS, gap.across, seen)[None], (0, 0), SMOOTH)[0] - WITHIN
        return OpenLips(height, lower, np.minimum(dark, lower), teeth)
    ink = _ink(drawing, gap, gap.top + shares[:, None] * gap.height)[:, np.abs(gap.across) < 0.5].mean(1)
    lower = np.maximum(lower, height * (1 - shares[np.argmax(ink >= DARKEST * ink.max())]))
    return OpenLips(height, lower, lower, teeth)


def _ink(drawing: np.ndarray, gap: _Gap, rows: np.ndarray) -> np.ndarray:
    """Ink of a drawing (D, D) uint8 in the columns of a gap, at rows (N, columns): as these, 0 … 255."""
    columns = np.broadcast_to(np.arange(gap.columns.start, gap.columns.stop, dtype=np.float32), rows.shape)
    return 255.0 - cv2.remap(drawing, columns.copy(), rows.astype(np.float32), cv2.INTER_LINEAR)


def draw_opened(drawing: np.ndarray, outlines: tuple[np.ndarray, ...]) -> None:
    """What `moved` returned, drawn into (S, S) uint8: paper, and ink over it."""
    for outline, tone in zip(outlines[::-1], (0.0, 255.0)[: len(outlines)][::-1], strict=True):
        low = (np.floor(outline.min(0)).astype(int) - 1).clip(0)
        side = int(np.ceil((outline.max(0) - low).max())) + 2
        part = drawing[low[1] : low[1] + side, low[0] : low[0] + side]
        share = filled(outline - low, side)[: part.shape[0], : part.shape[1]]
        part[:] = np.rint(part + share * (tone - part))
