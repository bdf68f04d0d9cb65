"""Bare lips: a drawing whose lips have their own colours in the place of what is between them.

Teeth, the dark of a gap and the line around it are painted over; what is drawn there comes anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame
from module1_audio2lmk.foundation.face.geometry import mouth_opening

from .backdrop import PAPER_GREY, disc
from .lip_lines import without_scraps
from .lip_shapes import PLACES, around, at_places, curve, filled, heights
from .mouth import inside_share
from .shut_lips import SHOWS_TEETH, around_mouth, bare_strength, line_strength, meeting

#: Shares of the upper and the lower lip that go with the teeth between them: lines at their edge.
COVERED = (0.5, 0.3)
AROUND_TEETH = {1: 2.5, 3: 1.5}  # px of 256 by which they may be larger than landmarks say, by channels
AROUND_LINE = 4.0  # px of 256 beside the gap that are of the line between shut lips
PARTS = 0.92  # half-widths of the mouth from its middle on, where that line is painted over
STROKE = 4  # σ px of 256 within which paint has grain
LINE, GRAIN = 2.5, 14  # px of 256, half the width of lines that are none of bare lips; how dark they may be
ROOM = 24  # px of 256 around the lips, of the picture that a style paints
SOFT = 1.0  # σ px of 256 of the edge of what is painted in its place
MIDDLE = 0.6  # half-widths of the lips whose colour is looked at: beside it are dark corners
#: Shares of the lips' heights where they are looked at, from the inside: from, to, in how many rows.
LOWER_LIP, UPPER_LIP = (0.4, 0.8, 9), (0.35, 0.75, 9)
#: The upper lip is looked at where it is at least so many px of 256 high: a thin one is hidden by its line.
THICK = 4.5
DARK = 40  # grey below which lips of a drawing in lines are ink
INK = 0.3  # of the lower lip's lightness, below which a line is seen, and no lip
LEAST_SEEN = 0.3  # of the upper lip, without lines
SMOOTH = 3.0  # σ in PLACES, of the colours along a lip
UPPER_SHADE = 0.95  # of the lower lip's colour, where the upper one has none: it faces down
CORNER = 6.5  # px of 256 around the mouth's corners where ink is left out: what is left of it would be barbs
FADES = {1: 0.1, 3: 0.4}  # of that, within which it fades in, by channels
AROUND_CORNER = 1.5  # of that, from where the colour comes that is most there
OUTER_EDGES = ((48, 49, 50, 51, 52, 53, 54), (48, 59, 58, 57, 56, 55, 54))


@dataclass(frozen=True)
class _Lips:
    """Inner edges of lips, top and low, and heights of the upper (negative) and the lower one: px down at
    PLACES of their frame, (K,) each."""

    frame: CornerFrame
    top: np.ndarray
    low: np.ndarray
    upper: np.ndarray
    lower: np.ndarray

    @classmethod
    def of(cls, marks: np.ndarray) -> _Lips:
        """Of landmarks (68, 2) px."""
        frame = CornerFrame.between(marks[60], marks[64])
        top, low = heights(frame, marks)
        (at, above), (under, below) = (frame.local(curve(marks[list(edge)])) for edge in OUTER_EDGES)
        return cls(frame, top, low, np.interp(PLACES, at, above) - top, np.interp(PLACES, under, below) - low)

    def around(self, above: np.ndarray, below: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """The gap, wider by px down at PLACES: (h, w) in [0, 1]."""
        edges = self.frame.points(PLACES, self.top + above), self.frame.points(PLACES, self.low + below)
        return filled(np.concatenate((edges[0], edges[1][::-1])), max(shape))[: shape[0], : shape[1]]


def bare_lips(drawing: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A drawing (S, S[, C]) uint8 with bare lips; a copy. landmarks: (68, 2) px."""
    out, unit = drawing.copy(), len(drawing) / 256
    corner, place = around_mouth(landmarks, unit)
    part, marks = out[place], landmarks - corner
    if 0 in part.shape:
        return out  # a mouth outside of the frame
    (_without_teeth if mouth_opening(landmarks) > SHOWS_TEETH else _without_line)(part, marks, unit)
    return out


def painted(
    bare: np.ndarray,
    drawing: np.ndarray,
    photo: np.ndarray,
    landmarks: np.ndarray,
    draw: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Bare lips of a drawing (D, D, 3) uint8 as its style paints them: `draw` of a photo with bare lips.

    bare: the drawing's `bare_lips`; photo: (P, P, 3) uint8 RGB; landmarks: (68, 2) px of the drawing; draw:
    of a picture (h, w, 3) uint8 in the scale of the drawing.
    """
    unit, out = len(drawing) / 256, bare.copy()
    place = around(landmarks[48:68], ROOM * unit)
    changed = (bare[place] != drawing[place]).any(2)
    if changed.all() or not changed.any():
        return bare
    seen = cv2.resize(photo, drawing.shape[:2], interpolation=cv2.INTER_CUBIC)
    paint = draw(np.ascontiguousarray(bare_lips(seen, landmarks)[place])).astype(np.float32)
    # A style looks at all of a picture: a part of it may come out lighter.
    paint += np.median((drawing[place].astype(np.float32) - paint)[~changed], axis=0)
    # It may draw a line where lips begin that it does not see to be lips.
    clear = cv2.morphologyEx(paint, cv2.MORPH_CLOSE, disc(LINE * unit))
    paint = np.maximum(paint, clear - GRAIN)
    if mouth_opening(landmarks) <= SHOWS_TEETH:  # the drawing has seen all of these lips, but for grain
        grain = paint - cv2.GaussianBlur(paint, (0, 0), STROKE * unit)
        paint = bare[place] + grain.clip(-GRAIN, GRAIN)
    share = cv2.GaussianBlur(cv2.dilate(changed.astype(np.float32), disc(round(unit))), (0, 0), SOFT * unit)
    out[place] = np.rint(drawing[place] + share[..., None] * (paint.clip(0, 255) - drawing[place]))
    return out


def _without_teeth(part: np.ndarray, marks: np.ndarray, unit: float) -> None:
    """Lips are to shut over teeth, and over what is around these: corners are bare, too.

    Ink is no colour of theirs: in dark lipstick nothing would be seen of the line between them.
    """
    channels, before = part[..., None].shape[2], part.copy()
    lips, rounded = _Lips.of(marks), 1 - PLACES**8
    inked = channels == 1 and np.median(_seen(part, lips.frame, lips.low, lips.lower, LOWER_LIP)) <= DARK
    for inner, outer in () if inked else ((60, 48), (64, 54)):
        _leave_ink_out(part, marks[[inner, outer]], CORNER * unit)
    opacity = lips.around(
        rounded * (COVERED[0] * lips.upper), rounded * (COVERED[1] * lips.lower), part.shape[:2]
    )
    opacity = cv2.dilate(opacity, disc(round(AROUND_TEETH[channels] * unit)))
    _paint(part, lips, opacity, unit, ink=PAPER_GREY)
    if part.ndim == 2:
        inside = np.zeros(part.shape, bool)
        inside[1:-1, 1:-1] = True
        part[:] = without_scraps(part, part != before, inside, unit / 2)


def _without_line(part: np.ndarray, marks: np.ndarray, unit: float) -> None:
    """Lips that are shut lose the line between them alone."""
    lips, beside = _Lips.of(marks), (1 - (PLACES / PARTS) ** 4).clip(0) * (AROUND_LINE * unit)
    opacity = lips.around(-beside, beside, part.shape[:2])
    if part.shape[2:] == (3,):
        opacity = cv2.GaussianBlur(opacity, (0, 0), SOFT * unit)
    _paint(part, lips, opacity, unit)


def _paint(part: np.ndarray, lips: _Lips, opacity: np.ndarray, unit: float, ink: int = 0) -> None:
    """A drawing (h, w[, C]) uint8 with the lips' own colours where that is opaque, (h, w) in [0, 1].

    ink: what lips that are ink in a drawing in lines have in its place.
    """
    flat = part.reshape(*part.shape[:2], -1)
    own, other = _colours(
        _seen(flat, lips.frame, lips.low, lips.lower, LOWER_LIP),
        _seen(flat, lips.frame, lips.top, lips.upper, UPPER_LIP),
        bool(np.median(-lips.upper[np.abs(PLACES) < MIDDLE]) >= THICK * unit),
        ink,
    )
    across, down = lips.frame.grid(part.shape)
    begins, ends = (np.interp(across, PLACES, edge) for edge in (lips.top, lips.low))
    upper_side = down < (begins + ends) / 2
    lip = np.where(upper_side[..., None], *(at_places(lip[0], across / MIDDLE) for lip in (other, own)))
    part[:] = np.round(flat + opacity[..., None] * (lip - flat)).reshape(part.shape)


def bare_share(
    landmarks: np.ndarray,
    shape: tuple[int, ...],
    openings: tuple[float, float],
    unit: float,
    kept: bool = False,
    own: bool = False,
) -> np.ndarray:
    """Where a drawing gives way to its bare lips, landmarks (68, 2) px of the photo → (h, w) in [0, 1].

    Lips that shut over teeth meet from the corners on, and the line of those that part grows thin from its
    edges on: what fades is grey. Paint over which its `own` mouth is laid fades, all of it. openings: of the
    photo's mouth, and of the target's; unit: px of a px of 256; kept: as of `mouth_overlay`; own: as of
    `OralCavity`.
    """
    if own:
        return np.full(shape, bare_strength(*openings), np.float32)
    if (met := line_strength(*openings, kept)) > 0:
        return meeting(landmarks, shape, met, unit)
    parted = inside_share(*openings) if openings[0] <= SHOWS_TEETH else 0.0
    if parted == 0:
        return np.zeros(shape, np.float32)
    lips = CornerFrame.between(landmarks[60], landmarks[64])
    (across, down), (top, low) = lips.grid(shape), heights(lips, landmarks)
    middle, reach = (np.interp(across, PLACES, edge) for edge in ((top + low) / 2, (low - top) / 2))
    left = (1 - parted) * (reach + AROUND_LINE * unit)
    return np.clip((np.abs(down - middle) - left) / unit + parted, 0, 1).astype(np.float32)


def with_bare_lips(
    drawing: np.ndarray,
    bare: np.ndarray,
    landmarks: np.ndarray,
    openings: tuple[float, float],
    kept: bool = False,
    own: bool = False,
) -> np.ndarray:
    """A drawing (S, S[, 3]) uint8 where it has given way to its bare lips; a copy, or itself.

    bare: its `bare_lips`; other parameters as of `bare_share`.
    """
    unit = len(drawing) / 256
    corner, part = around_mouth(landmarks, unit)
    weight = bare_share(landmarks - corner, drawing[part].shape[:2], openings, unit, kept, own)
    if not weight.any():
        return drawing
    out = drawing.copy()
    out[part] = cv2.blendLinear(*map(np.ascontiguousarray, (bare[part], drawing[part], weight, 1 - weight)))
    return out


def _leave_ink_out(part: np.ndarray, ends: np.ndarray, radius: float) -> None:
    """Ink within a radius px of a line between ends (2, 2) px takes the colour around it."""
    (x, y), way = ends[0], ends[1] - ends[0]
    columns, rows = np.arange(part.shape[1]) - x, np.arange(part.shape[0])[:, None] - y
    along = ((columns * way[0] + rows * way[1]) / max(float(way @ way), 1e-6)).clip(0, 1)
    away = np.hypot(columns - along * way[0], rows - along * way[1])
    fades = FADES[part[..., None].shape[2]] * radius
    weight = np.clip((radius - away) / fades, 0, 1).reshape(away.shape + (1,) * (part.ndim - 2))
    most = cv2.medianBlur(part, 2 * round(AROUND_CORNER * radius) + 1).reshape(part.shape)
    part[:] = np.round(part + weight * (most.astype(np.float32) - part))


def _seen(
    part: np.ndarray, lips: CornerFrame, edge: np.ndarray, height: np.ndarray, rows: tuple[float, float, int]
) -> np.ndarray:
    """Colours (rows, K, C) of a lip, from its inner edge on, px down at PLACES, as its height."""
    places = MIDDLE * PLACES
    down = np.stack([np.interp(places, PLACES, edge + share * height) for share in np.linspace(*rows)])
    looked_at = lips.points(np.broadcast_to(places, down.shape), down).astype(np.float32)
    return cv2.remap(part, looked_at, None, cv2.INTER_LINEAR).reshape(*down.shape, -1).astype(np.float32)


def _colours(lower: np.ndarray, upper: np.ndarray, thick: bool, ink: int) -> tuple[np.ndarray, np.ndarray]:
    """Of lower and upper lip, (1, K, C) from left to right, of what is seen of them, (rows, K, C) each.

    thick: whether the upper one is; else, or hidden by its line, it has the lower one's colour in shade.
    ink: as of `_paint`.
    """
    if lower.shape[2] == 1:  # whichever grey is most there
        most = int(np.bincount(np.rint(lower).astype(int).ravel()).argmax())
        return (np.full((1, *lower.shape[1:]), most if most > DARK else ink, np.float32),) * 2
    limit = INK * float(np.median(lower.mean(2)))
    own = _along(lower, lower.mean(2) >= limit)  # half of it at least, also of a black lip
    lit = upper.mean(2) >= limit
    return own, _along(upper, lit) if thick and lit.mean() > LEAST_SEEN else UPPER_SHADE * own


def _along(seen: np.ndarray, lit: np.ndarray) -> np.ndarray:
    """Colours (1, K, C) along a lip, of what is seen of it, (rows, K, C), without what is not `lit`."""
    seen = np.where(lit[..., None], seen, np.median(seen[lit], axis=0))
    return cv2.GaussianBlur(np.median(seen, axis=0)[None], (0, 0), SMOOTH, borderType=cv2.BORDER_REPLICATE)
