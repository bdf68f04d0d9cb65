"""Shut lips: the line along which they meet, and where they have met already."""

import numpy as np

from .lip_shapes import CURVE_POINTS, LOWER_EDGE, PLACES, UPPER_EDGE, edges, filled

EDGE = 1.5  # px of 256, the line between shut lips
TEETH_EDGE = 2.1  # the same in the place of open lips, see `open_lips`
GAP = 0.4  # share of the gap between, by which it is wider: as much ink as the strokes have
TAPER = {1: 0.0, 3: 0.6}  # by the drawing's channels: how much thinner it is at the corners, as a share
AHEAD = 1.5  # of the lips that have met, the line between them: it has no gaps in the mouth that is left
OVERLAP = 1.04  # of a half of the line, to where it goes: two that end in the middle leave a seam
SHOWS_TEETH = 0.08  # opening of a photo's mouth above which it is not shut
ONE_LINE = 0.05  # opening below which open lips are one line
#: Opening, and share of that of the photo, below which painted lips give way to bare ones, and within what.
BARE_FROM, BARE_WITHIN = (0.075, 0.75), 0.045
MEETING_EDGE = 2.0  # px of 256 between lips that have met and the mouth that is open still
MARGIN = 3.5  # px of 256 beyond the inner lips, to where lips meet
AROUND = 12  # px of 256 around the mouth, of the part that is looked at and changed


def line_strength(source_opening: float, target_opening: float, kept: bool = False) -> float:
    """Share of lips that have met, 0 … 1, of a target whose photo shows teeth; of others 0.

    kept: as of `mouth_overlay`: these become one line at once.
    """
    if kept:
        return float(target_opening < ONE_LINE)
    return float(np.clip((0.05 - target_opening) / 0.03, 0, 1)) if source_opening > SHOWS_TEETH else 0.0


def bare_strength(source_opening: float, target_opening: float) -> float:
    """Share by which painted lips have given way to bare ones as they shut over teeth, 0 … 1."""
    begins = min(BARE_FROM[0], BARE_FROM[1] * source_opening)
    return float(np.clip((begins - target_opening) / BARE_WITHIN, 0, 1))


def lip_line(
    landmarks: np.ndarray,
    size: int,
    channels: int,
    frame: int | None = None,
    share: float = 1.0,
    kept: bool = False,
) -> np.ndarray:
    """The line along which lips meet, landmarks (68, 2) px → opacity (1, size, size) in [0, 1].

    share: of the lips that have met, from the corners on, as of `meeting`; frame: as of `mouth_overlay`.
    kept: as of `mouth_overlay`: it goes from corner to corner, and is wider by a share of the gap.
    """
    unit = (frame or size) / 256
    upper, lower = edges(landmarks)
    line = (upper + lower) / 2
    half = np.linspace(-1, min(AHEAD * share, OVERLAP) - 1, CURVE_POINTS)
    taper = TAPER[3] if kept else TAPER[channels]
    width = (TEETH_EDGE if kept else EDGE) * unit * (1 - taper * half**2)
    gap = GAP * np.linalg.norm(lower - upper, axis=1) if kept else np.zeros(CURVE_POINTS)
    ink = np.zeros((size, size), np.float32)
    for side, corner in ((1, 48), (-1, 54)):
        points = np.stack([np.interp(side * half, PLACES, axis) for axis in line.T], 1)
        out = landmarks[corner] - points[0]
        reach = 1 if kept else min(1, MARGIN * unit / max(float(np.linalg.norm(out)), 1e-6))
        end = points[0] + out * reach
        along = np.concatenate((end[None], points))
        ways = np.gradient(along, axis=0)
        ways /= np.linalg.norm(ways, axis=1, keepdims=True).clip(1e-6)
        wide = width + np.interp(side * half, PLACES, gap)
        aside = ways[:, ::-1] * (-0.5, 0.5) * np.concatenate((width[:1], wide))[:, None]
        np.maximum(ink, filled(np.concatenate((along + aside, (along - aside)[::-1])), size), out=ink)
    return ink[None]


def meeting(landmarks: np.ndarray, shape: tuple[int, ...], share: float, unit: float) -> np.ndarray:
    """Where lips that shut have met, landmarks (68, 2) px → (h, w) float32 in [0, 1].

    They meet from the corners on: a mouth that faded from open to shut would be grey between. share: as of
    `line_strength`; unit: px of a px of 256.
    """
    middle, across = (landmarks[60] + landmarks[64]) / 2, (landmarks[64] - landmarks[60]) / 2
    half = max(float(np.linalg.norm(across)), 1e-6)
    columns, rows = np.arange(shape[1]) - middle[0], np.arange(shape[0]) - middle[1]
    end = half + AROUND * unit
    away = np.abs(columns * across[0] + rows[:, None] * across[1]) / half - (1 - share) * end
    return np.clip(away / (MEETING_EDGE * unit) + share, 0, 1).astype(np.float32)


def around_mouth(landmarks: np.ndarray, unit: float) -> tuple[np.ndarray, tuple[slice, slice]]:
    """The part of a frame around the inner lips, px: its corner (2,) as x, y, and its rows and columns."""
    ring, margin = landmarks[[*UPPER_EDGE, *LOWER_EDGE[1:-1]]], round(AROUND * unit)
    low = (ring.min(0).astype(int) - margin).clip(0)
    right, bottom = (ring.max(0).astype(int) + margin).clip(0).tolist()
    return low, (slice(int(low[1]), bottom), slice(int(low[0]), right))
