"""Bare lips: a drawing whose lips have their own colours in the place of what is between them.

Teeth, the dark of a gap and the line around it are painted over; what is drawn there comes anew.
"""

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame

from .backdrop import disc
from .lip_shapes import PLACES, curve, filled, heights
from .shut_lips import around_mouth

#: Shares of the upper and the lower lip that go with the teeth between them: lines at their edge.
COVERED = (0.5, 0.3)
AROUND_TEETH = {1: 2.5, 3: 1.5}  # px of 256 by which they may be larger than landmarks say, by channels
MIDDLE = 0.6  # half-widths of the lips whose colour is looked at: beside it are dark corners
#: Shares of the lips' heights where they are looked at, from the inside: from, to, in how many rows.
LOWER_LIP, UPPER_LIP = (0.4, 0.8, 9), (0.35, 0.75, 9)
#: The upper lip is looked at where it is at least so many px of 256 high: a thin one is hidden by its line.
THICK = 4.5
INK = 0.3  # of the lower lip's lightness, below which a line is seen, and no lip
LEAST_SEEN = 0.3  # of the upper lip, without lines
UPPER_SHADE = 0.95  # of the lower lip's colour, where the upper one has none: it faces down
CORNER = 6.5  # px of 256 around the mouth's corners where ink is left out: what is left of it would be barbs
FADES = 0.4  # of that, within which it fades in
AROUND_CORNER = 1.5  # of that, from where the colour comes that is most there
OUTER_EDGES = ((48, 49, 50, 51, 52, 53, 54), (48, 59, 58, 57, 56, 55, 54))


def bare_lips(drawing: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A drawing (S, S[, C]) uint8 with bare lips; a copy. landmarks: (68, 2) px."""
    out, unit = drawing.copy(), len(drawing) / 256
    corner, place = around_mouth(landmarks, unit)
    part = out[place]
    if 0 in part.shape:
        return out  # a mouth outside of the frame
    channels = 1 if drawing.ndim == 2 else drawing.shape[2]
    marks = landmarks - corner
    for inner, outer in ((60, 48), (64, 54)):
        _leave_ink_out(part, marks[[inner, outer]], CORNER * unit)
    flat = part.reshape(*part.shape[:2], channels)
    lips = CornerFrame.between(marks[60], marks[64])
    top, low = heights(lips, marks)
    (at, above), (under, below) = (lips.local(curve(marks[list(edge)])) for edge in OUTER_EDGES)
    upper, lower = np.interp(PLACES, at, above) - top, np.interp(PLACES, under, below) - low
    own = np.median(_seen(flat, lips, low, lower, LOWER_LIP), axis=0)
    other = _upper_colour(_seen(flat, lips, top, upper, UPPER_LIP), own, -upper, unit)
    across, down = lips.grid(part.shape)
    begins, ends = (np.interp(across, PLACES, edge) for edge in (top, low))
    lip = np.where((down < (begins + ends) / 2)[..., None], other, own)
    rounded = 1 - PLACES**8
    outline = np.concatenate(
        (
            lips.points(PLACES, top + COVERED[0] * rounded * upper),
            lips.points(PLACES, low + COVERED[1] * rounded * lower)[::-1],
        )
    )
    opacity = filled(outline, max(part.shape))[: part.shape[0], : part.shape[1]]
    opacity = cv2.dilate(opacity, disc(round(AROUND_TEETH[channels] * unit)))[..., None]
    part[:] = np.round(flat + opacity * (lip - flat)).reshape(part.shape)
    return out


def _leave_ink_out(part: np.ndarray, ends: np.ndarray, radius: float) -> None:
    """Ink within a radius px of a line between ends (2, 2) px takes the colour around it."""
    (x, y), way = ends[0], ends[1] - ends[0]
    columns, rows = np.arange(part.shape[1]) - x, np.arange(part.shape[0])[:, None] - y
    along = ((columns * way[0] + rows * way[1]) / max(float(way @ way), 1e-6)).clip(0, 1)
    away = np.hypot(columns - along * way[0], rows - along * way[1])
    weight = np.clip((radius - away) / (FADES * radius), 0, 1).reshape(away.shape + (1,) * (part.ndim - 2))
    most = cv2.medianBlur(part, 2 * round(AROUND_CORNER * radius) + 1).reshape(part.shape)
    part[:] = np.round(part + weight * (most.astype(np.float32) - part))


def _seen(
    part: np.ndarray, lips: CornerFrame, edge: np.ndarray, height: np.ndarray, rows: tuple[float, float, int]
) -> np.ndarray:
    """Colours (N, C) of a lip, from its inner edge on, px down at PLACES, as its height."""
    places = MIDDLE * PLACES
    down = np.stack([np.interp(places, PLACES, edge + share * height) for share in np.linspace(*rows)])
    looked_at = lips.points(np.broadcast_to(places, down.shape), down).astype(np.float32)
    return cv2.remap(part, looked_at, None, cv2.INTER_LINEAR).reshape(-1, part.shape[2])


def _upper_colour(seen: np.ndarray, lower: np.ndarray, height: np.ndarray, unit: float) -> np.ndarray:
    """The upper lip's colour (C,), or the lower's in shade where it is thin, or hidden by its line.

    seen: (N, C) of the upper lip; height: px at PLACES; unit: px of a px of 256.
    """
    if len(lower) == 1:
        return lower
    lit = seen[seen.mean(1) > INK * lower.mean()]
    thick = np.median(height[np.abs(PLACES) < MIDDLE]) >= THICK * unit
    return np.median(lit, axis=0) if thick and len(lit) > LEAST_SEEN * len(seen) else UPPER_SHADE * lower
