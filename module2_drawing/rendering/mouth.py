"""Mouth: what no warp of a photo shows, its inside as it opens, the line of lips that shut over teeth."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.geometry import mouth_opening

#: Ink and paper for one channel; a dark red and ivory for three.
INK = {1: (-1.0,), 3: (-0.62, -0.84, -0.82)}
TEETH = {1: (1.0,), 3: (0.86, 0.82, 0.74)}
LINE = {1: 1.0, 3: 0.75}  # opacity of the line between shut lips: painted ones have no outline
SHIFT = 4  # binary places of OpenCV's coordinates
OVERSAMPLING = 4
EDGE = 1.5  # px of 256, the line between shut lips
TEETH_OPENING = 0.10  # of the mouth's width
UPPER_EDGE, LOWER_EDGE = (60, 61, 62, 63, 64), (64, 65, 66, 67, 60)
CURVE_POINTS = 33
MARGIN = 3.5  # px of 256 around the inner lips: the line at their edge goes with the teeth
DARK_LINE = 7.0  # px of 256: dark lines up to this width are not continued
REACH = 3.0  # px of 256, from which lips are continued inwards
AHEAD = 1.5  # of the lips that have met, the line between them: it has no gaps in the mouth that is left
SHOWS_TEETH = 0.08  # opening of a photo's mouth above which it is not shut
MEETING_EDGE = 2.0  # px of 256 between lips that have met and the mouth that is open still
AROUND = 12  # px of 256 around the mouth, of the part that is looked at


@dataclass(frozen=True)
class Inside:
    """The dark band between open lips.

    width: of the inner lips'; flatness: of its upper edge, 0: along the lip; below: this share of the gap
    under it; depth: of the gap, more by `deeper` times the opening; line: px of 256 by which it is higher;
    bluntness: exponent of its ends.
    """

    width: float
    flatness: float
    below: float
    depth: float
    deeper: float
    line: float
    bluntness: float


#: Of true line drawings of talking clips; those of colours show more of what the photo's lips leave.
INSIDE = {
    1: Inside(0.97, 0.5, 0.0, 0.3, 0.5, 1.9, 5.0),
    3: Inside(0.97, 0.3, 0.0, 0.6, 0.5, 0.5, 4.0),
}


def mouth_overlay(
    source_opening: float, landmarks: np.ndarray, size: int, channels: int, frame: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """What is laid over a moved drawing: (C, size, size) in [−1, 1], with opacity (1, size, size) in [0, 1].

    source_opening: of the photo's mouth, inner-lip gap / mouth width. landmarks: the target's, (68, 2) px.
    frame: px of the side of the whole frame, where only a square part of it is asked for.
    """
    frame = frame or size
    opening = float(mouth_opening(landmarks))
    line = line_strength(source_opening, opening)
    if line > 0:
        return _flat(INK[channels], size), LINE[channels] * lip_line(landmarks, size, frame, line)
    share = inside_share(source_opening, opening)
    if share == 0:
        return _flat(INK[channels], size), np.zeros((1, size, size), np.float32)
    return inner_mouth(landmarks, size, channels, share, frame)


def inner_mouth(
    landmarks: np.ndarray, size: int, channels: int, share: float = 1.0, frame: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """landmarks (68, 2) px → drawing (C, size, size) in [−1, 1] and its opacity (1, size, size) in [0, 1].

    share: of the inside that is drawn, from the upper lip down. Ink and paper grow; they do not fade in.
    frame: as of `mouth_overlay`.
    """
    dark = _filled(_dark_inside(landmarks, channels, share, (frame or size) / 256), size)
    colour = np.array(INK[channels], np.float32)[:, None, None]
    if channels == 3:
        teeth = _teeth(landmarks, size) * dark
        return colour + (np.array(TEETH[3], np.float32)[:, None, None] - colour) * teeth, dark[None]
    # Lines that crossed the lips are not stretched over the lower part of the gap: it is lip and paper.
    upper, lower = (_curve(landmarks[list(edge)]) for edge in (UPPER_EDGE, LOWER_EDGE))
    edge = upper[::-1] + share * (lower - upper[::-1])
    paper = _filled(np.concatenate((upper[:-1], edge[:-1])), size) * (1 - dark)
    opacity = dark + paper
    return ((paper - dark) / np.maximum(opacity, 1e-6))[None], opacity[None]


def _dark_inside(landmarks: np.ndarray, channels: int, share: float, unit: float) -> np.ndarray:
    """The outline (N, 2) px of what is dark between open lips: a band with blunt ends below the upper lip.

    Landmarks of the inner lips make a lens, pointed at the corners and low in its middle; of true drawings of
    open mouths the band is what is nearest. share: as of `inner_mouth`; unit: px of a px of 256.
    """
    inside = INSIDE[channels]
    upper, lower = (_curve(landmarks[list(edge)]) for edge in (UPPER_EDGE, LOWER_EDGE))
    middle, across = (upper[0] + upper[-1]) / 2, (upper[-1] - upper[0]) / 2
    half = max(float(np.linalg.norm(across)), 1e-6)
    down = np.array([-across[1], across[0]]) / half
    upper_height, lower_height = (upper - middle) @ down, (lower[::-1] - middle) @ down
    gap = float((lower_height - upper_height).max())
    along = np.linspace(-1, 1, CURVE_POINTS)
    places = (upper - middle) @ across / half**2
    top = np.interp(along * inside.width, places, upper_height)
    top += inside.flatness * (top.min() - top) + inside.below * gap
    depth = float(np.clip(inside.depth + inside.deeper * mouth_opening(landmarks), 0, 1)) * gap
    height = share * (depth + inside.line * unit) * np.sqrt(1 - np.abs(along) ** inside.bluntness)

    def points(heights: np.ndarray) -> np.ndarray:
        return middle + (inside.width * along)[:, None] * across + heights[:, None] * down

    return np.concatenate((points(top), points(top + height)[::-1]))


def lip_line(landmarks: np.ndarray, size: int, frame: int | None = None, share: float = 1.0) -> np.ndarray:
    """The line along which lips meet, landmarks (68, 2) px → opacity (1, size, size) in [0, 1].

    share: of the lips that have met, from the corners on, as of `meeting`; frame: as of `mouth_overlay`.
    """
    unit = (frame or size) / 256
    upper, lower = (_curve(landmarks[list(edge)]) for edge in (UPPER_EDGE, LOWER_EDGE))
    line, places = (upper + lower[::-1]) / 2, np.linspace(-1, 1, CURVE_POINTS)
    half = np.linspace(-1, min(AHEAD * share, 1) - 1, CURVE_POINTS)
    parts = []
    for side, corner in ((1, 48), (-1, 54)):
        half_line = np.stack([np.interp(side * half, places, axis) for axis in line.T], 1)
        out = landmarks[corner] - half_line[0]
        end = half_line[0] + out * min(1, MARGIN * unit / max(float(np.linalg.norm(out)), 1e-6))
        parts.append(np.concatenate((end[None], half_line)))
    return _line(parts, size, EDGE * unit)[None]


def meeting(landmarks: np.ndarray, shape: tuple[int, ...], share: float, unit: float) -> np.ndarray:
    """Where lips that shut have met, landmarks (68, 2) px → (h, w) float32 in [0, 1].

    They meet from the corners on: a mouth that faded from open to shut would be grey between. share: as of
    `line_strength`; unit: px of a px of 256.
    """
    middle, across = (landmarks[60] + landmarks[64]) / 2, (landmarks[64] - landmarks[60]) / 2
    half = max(float(np.linalg.norm(across)), 1e-6)
    columns, rows = np.arange(shape[1]) - middle[0], np.arange(shape[0]) - middle[1]
    end = half + (MARGIN + MEETING_EDGE) * unit
    away = np.abs(columns * across[0] + rows[:, None] * across[1]) / half - (1 - share) * end
    return np.clip(away / (MEETING_EDGE * unit) + share, 0, 1).astype(np.float32)


def met(drawing: np.ndarray, shut: np.ndarray, landmarks: np.ndarray, share: float) -> np.ndarray:
    """A drawing (S, S[, 3]) uint8 with its lips shut where they have met; a copy.

    shut: the same drawing with lips in the place of teeth; landmarks: (68, 2) px; share: as of `meeting`.
    """
    out, unit = drawing.copy(), len(drawing) / 256
    corner, part = _around_mouth(landmarks, unit)
    if min(out[part].shape[:2]) == 0:
        return out  # a mouth outside of the frame
    weight = meeting(landmarks - corner, out[part].shape[:2], share, unit)
    out[part] = cv2.blendLinear(*map(np.ascontiguousarray, (shut[part], drawing[part], weight, 1 - weight)))
    return out


def _around_mouth(landmarks: np.ndarray, unit: float) -> tuple[np.ndarray, tuple[slice, slice]]:
    """The part of a frame around the inner lips, px: its corner (2,) as x, y, and its rows and columns."""
    ring, margin = landmarks[[*UPPER_EDGE, *LOWER_EDGE[1:-1]]], round(AROUND * unit)
    low = (ring.min(0).astype(int) - margin).clip(0)
    right, bottom = (ring.max(0).astype(int) + margin).clip(0).tolist()
    return low, (slice(int(low[1]), bottom), slice(int(low[0]), right))


def lips_continued(drawing: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A drawing (S, S[, C]) uint8 with its mouth's inside filled from the lips; landmarks: (68, 2) px."""
    filled = drawing.copy()
    scale = drawing.shape[0] / 256
    corner, place = _around_mouth(landmarks, scale)
    part = filled[place]
    if 0 in part.shape:
        return filled  # a mouth outside of the frame
    mask = np.zeros(part.shape[:2], np.uint8)
    ring = landmarks[[*UPPER_EDGE, *LOWER_EDGE[1:-1]]] - corner
    cv2.fillPoly(mask, [np.round(ring).astype(np.int32)], 1)
    mask = cv2.dilate(mask, _disc(2 * MARGIN * scale))
    image = cv2.morphologyEx(part, cv2.MORPH_CLOSE, _disc(DARK_LINE * scale))
    image = cv2.inpaint(image, mask, REACH * scale, cv2.INPAINT_TELEA).reshape(part.shape)
    part[mask > 0] = image[mask > 0]
    return filled


def _flat(colour: tuple[float, ...], size: int) -> np.ndarray:
    return np.broadcast_to(np.array(colour, np.float32)[:, None, None], (len(colour), size, size))


def _teeth(landmarks: np.ndarray, size: int) -> np.ndarray:
    """A band along the upper lip, as high as the mouth is open, up to a height that teeth have."""
    width = float(np.linalg.norm(landmarks[64] - landmarks[60]))
    down = landmarks[66] - landmarks[62]
    gap = float(np.linalg.norm(down))
    if gap < TEETH_OPENING * max(width, 1e-6):
        return np.zeros((size, size), np.float32)
    centre = (landmarks[60] + landmarks[64]) / 2
    upper = centre + (landmarks[list(UPPER_EDGE)] - centre) * 0.85
    height = min(0.45 * gap, 0.13 * width)
    lower = upper + down / gap * height * np.array([0.1, 0.8, 1.0, 0.8, 0.1])[:, None]
    return _filled(np.concatenate((_curve(upper), _curve(lower)[::-1])), size)


def inside_share(source_opening: float, target_opening: float) -> float:
    """Share of the gap that shows the made-up inside, 0 … 1: more, the wider it opens than the photo does.

    A photo that shows teeth keeps them at rest. Openings: inner-lip gap / mouth width.
    """
    return float(np.clip((target_opening - max(source_opening, 0.02) - 0.02) / 0.04, 0, 1))


def line_strength(source_opening: float, target_opening: float) -> float:
    """Share of the lips that have met, 0 … 1, of a target whose photo shows teeth; of others 0."""
    return float(np.clip((0.05 - target_opening) / 0.03, 0, 1)) if source_opening > SHOWS_TEETH else 0.0


def _curve(points: np.ndarray) -> np.ndarray:
    """A smooth line through (N, 2) px: (CURVE_POINTS, 2)."""
    return spline_through(len(points)) @ points


@cache
def spline_through(knots: int) -> np.ndarray:
    """The natural cubic spline through points at 0, 1, …: (CURVE_POINTS, knots), to be multiplied by them."""
    # Second derivatives at the knots: M[i-1] + 4 M[i] + M[i+1] = 6 (y[i-1] - 2 y[i] + y[i+1]), 0 at the ends.
    second = np.diff(np.eye(knots), 2, axis=0)
    bend = np.zeros((knots, knots))
    between = 4 * np.eye(knots - 2) + np.eye(knots - 2, k=1) + np.eye(knots - 2, k=-1)
    bend[1:-1] = np.linalg.solve(between, 6 * second)
    places = np.linspace(0, knots - 1, CURVE_POINTS)
    left = np.minimum(places.astype(int), knots - 2)
    after = (places - left)[:, None]
    before = 1 - after
    straight = before * np.eye(knots)[left] + after * np.eye(knots)[left + 1]
    return straight + ((before**3 - before) * bend[left] + (after**3 - after) * bend[left + 1]) / 6


def _line(parts: list[np.ndarray], size: int, width: float) -> np.ndarray:
    """Lines through (N, 2) px each, `width` px wide, antialiased: (size, size) float32 in [0, 1]."""
    canvas, wide = np.zeros((size * OVERSAMPLING,) * 2, np.uint8), max(1, round(width * OVERSAMPLING))
    cv2.polylines(canvas, [_places(points) for points in parts], False, 255, wide, cv2.LINE_AA, SHIFT)
    return _reduced(canvas, size)


def _filled(outline: np.ndarray, size: int) -> np.ndarray:
    """A polygon (N, 2) px, antialiased: (size, size) float32 in [0, 1]."""
    canvas = np.zeros((size * OVERSAMPLING,) * 2, np.uint8)
    cv2.fillPoly(canvas, [_places(outline)], 255, cv2.LINE_AA, SHIFT)
    return _reduced(canvas, size)


def _places(points: np.ndarray) -> np.ndarray:
    return np.round(((points + 0.5) * OVERSAMPLING - 0.5) * 2**SHIFT).astype(np.int32)


def _reduced(canvas: np.ndarray, size: int) -> np.ndarray:
    return cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _disc(width: float) -> np.ndarray:
    across = 2 * round(width / 2) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
