"""Mouth: what no warp of a photo shows, its inside as it opens, the line of lips that shut over teeth."""

from dataclasses import dataclass

import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame
from module1_audio2lmk.foundation.face.geometry import mouth_opening

from .lip_ink import NO_INK, LipInk
from .lip_shapes import PLACES, filled, heights
from .oral_cavity import TEETH_HEIGHT, OralCavity, plain
from .shut_lips import SHOWS_TEETH, line_strength, lip_line

INK = (-1.0,)
#: Upper teeth that are not covered by the lip: of the gap, and half-widths of the inner lips at most.
SHOWN_TEETH = (0.5, 0.32)
BELOW_TEETH = 0.05  # half-widths: what lies below the teeth that a photo shows itself begins here
TEETH_END = 2.5  # exponent of how they grow short towards the corners
FADES = 0.12  # half-widths over which it fades in below them
SHADE = (0.3, 0.16)  # of the upper lip on what is below it, and how far that reaches, in half-widths


@dataclass(frozen=True)
class Inside:
    """The dark band between open lips.

    width: of the inner lips'; flatness: of its upper edge, 0: along the lip; depth: of the gap, more by
    `deeper` times the opening; line: px of 256 by which it is higher; bluntness: exponent of its ends.
    """

    width: float
    flatness: float
    depth: float
    deeper: float
    line: float
    bluntness: float


#: Of true line drawings of talking clips; those of colours show more of what the photo's lips leave.
INSIDE = {
    1: Inside(0.99, 0.25, 0.3, 0.5, 1.5, 2.2),
    3: Inside(0.97, 0.3, 0.6, 0.5, 0.5, 3.0),
}


def mouth_overlay(
    source_opening: float,
    landmarks: np.ndarray,
    size: int,
    channels: int,
    frame: int | None = None,
    cavity: OralCavity | None = None,
    ink: LipInk = NO_INK,
) -> tuple[np.ndarray, np.ndarray]:
    """What is laid over a moved drawing: (C, size, size) in [−1, 1], with opacity (1, size, size) in [0, 1].

    source_opening: of the photo's mouth, inner-lip gap / mouth width. landmarks: the target's, (68, 2) px.
    frame: px of the side of the whole frame, where only a square part of it is asked for. cavity: what is
    seen in a mouth in colour; of nobody by default. ink: of the lips at rest, of a drawing in lines.
    """
    frame, cavity = frame or size, cavity or plain()
    opening = float(mouth_opening(landmarks))
    share = inside_share(source_opening, opening)
    if share > 0 and channels == 3:
        return coloured_inside(landmarks, size, share, source_opening, cavity, frame)
    if share > 0:
        return inner_mouth(landmarks, size, share, frame, source_opening, ink)
    colour = np.array(INK if channels == 1 else cavity.seam, np.float32)[:, None, None]
    line, opacity = line_strength(source_opening, opening, ink.teeth), np.zeros((1, size, size), np.float32)
    if line > 0:
        opacity = lip_line(landmarks, size, channels, frame, line, ink.teeth)
    return np.broadcast_to(colour, (channels, size, size)), opacity


def inner_mouth(
    landmarks: np.ndarray,
    size: int,
    share: float = 1.0,
    frame: int | None = None,
    source_opening: float = 0.0,
    ink: LipInk = NO_INK,
) -> tuple[np.ndarray, np.ndarray]:
    """landmarks (68, 2) px → drawing in lines (1, size, size) in [−1, 1], opacity (1, size, size) in [0, 1].

    share: of the inside that is drawn. Ink grows from the upper lip down, paper from the lower lip up, and
    neither fades in. Other parameters as of `mouth_overlay`.
    """
    lips = CornerFrame.between(landmarks[60], landmarks[64])
    top, low = heights(lips, landmarks)
    line = top + lips.half * ink.upper
    if ink.teeth:
        shown = source_opening * float(np.linalg.norm(landmarks[54] - landmarks[48]))
        begins = np.minimum(top + shown * (1 - np.abs(PLACES) ** TEETH_END), low)
        dark = _band(lips, begins, begins + share * (low - begins), size)
        line = np.minimum(np.where(ink.upper > 0, line, begins), begins)
        paper = _band(lips, line, line + share * (begins - line), size)
    else:
        begins, ends = _dark_inside(landmarks, lips, (frame or size) / 256)
        ends = np.maximum(ends, line)
        steep = np.hypot(1, np.gradient(low, lips.half * PLACES))
        last = np.maximum(low + lips.half * ink.lower * steep, ends)
        dark = _band(lips, begins, begins + share * (ends - begins), size)
        # From within the dark on: where edges of both met, what lies below would show as a hairline.
        paper = _band(lips, last - share * (last - (begins + ends) / 2), last, size)
    paper *= 1 - dark
    opacity = dark + paper
    return ((paper - dark) / np.maximum(opacity, 1e-6))[None], opacity[None]


def coloured_inside(
    landmarks: np.ndarray, size: int, share: float, source_opening: float, cavity: OralCavity, frame: int
) -> tuple[np.ndarray, np.ndarray]:
    """landmarks (68, 2) px → colours (3, size, size) in [−1, 1], opacity (1, size, size) in [0, 1].

    Parameters as of `mouth_overlay`, share as of `inner_mouth`. A photo that shows its own teeth keeps them:
    what is new is below these.
    """
    unit, inside = frame / 256, INSIDE[3]
    lips = CornerFrame.between(landmarks[60], landmarks[64])
    across, down = lips.grid((size, size))
    top, low = heights(lips, landmarks)
    gap, opening = float((low - top).max()), float(mouth_opening(landmarks))
    blunt = _blunt(inside)
    begins = top + inside.flatness * (top.min() - top)
    ends = begins + share * ((inside.depth + inside.deeper * opening) * gap + inside.line * unit) * blunt
    if source_opening > SHOWS_TEETH:
        shown = source_opening * float(np.linalg.norm(landmarks[54] - landmarks[48]))
        begins = begins + shown * blunt
        ends = begins + np.maximum(low - begins, 0) * blunt
        uncovered = -BELOW_TEETH
    else:
        uncovered = min(SHOWN_TEETH[0] * gap / lips.half, SHOWN_TEETH[1])
    upper, lower = (np.interp(across, PLACES, edge) for edge in (begins, ends))
    begun = (down - upper) / (FADES * lips.half) if source_opening > SHOWS_TEETH else down - upper + 0.5
    opacity = np.minimum(np.minimum(begun, lower - down + 0.5), lower - upper).clip(0, 1)
    # Teeth stand on an arc, however the lip above them is bent.
    arc = np.polyval(np.polyfit(PLACES, begins, 2), across)
    seen = cavity.seen(across, TEETH_HEIGHT - uncovered + (down - arc) / lips.half)
    shade = 1 - SHADE[0] * (1 - (down - upper) / (SHADE[1] * lips.half)).clip(0, 1)
    colours = (seen * shade[..., None]).transpose(2, 0, 1) / 127.5 - 1
    return colours.astype(np.float32), opacity.astype(np.float32)[None]


def _dark_inside(landmarks: np.ndarray, lips: CornerFrame, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """Edges at PLACES, px down, of what is dark in a mouth: a band with blunt ends below the upper lip.

    Landmarks of the inner lips make a lens, pointed at the corners and low in its middle; of true drawings of
    open mouths the band is what is nearest. unit: px of a px of 256.
    """
    inside = INSIDE[1]
    top, low = heights(lips, landmarks)
    gap = float((low - top).max())
    begins = top + inside.flatness * (top.min() - top)
    depth = float(np.clip(inside.depth + inside.deeper * mouth_opening(landmarks), 0, 1)) * gap
    return begins, begins + (depth + inside.line * unit) * _blunt(inside)


def _blunt(inside: Inside) -> np.ndarray:
    """Heights of the band at PLACES, as a share of that in its middle."""
    return np.sqrt((1 - np.abs(PLACES / inside.width) ** inside.bluntness).clip(0))


def _band(lips: CornerFrame, upper: np.ndarray, lower: np.ndarray, size: int) -> np.ndarray:
    """What lies between two edges at PLACES, px down: (size, size) in [0, 1]."""
    return filled(np.concatenate((lips.points(PLACES, upper), lips.points(PLACES, lower)[::-1])), size)


def inside_share(source_opening: float, target_opening: float) -> float:
    """Share of the gap that shows the made-up inside, 0 … 1: more, the wider it opens than the photo does.

    A photo that shows teeth keeps them at rest. Openings: inner-lip gap / mouth width.
    """
    return float(np.clip((target_opening - max(source_opening, 0.02) - 0.02) / 0.04, 0, 1))
