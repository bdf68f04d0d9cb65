"""Mouth: what no warp of a photo shows, its inside as it opens, the line of lips that shut over teeth."""

from dataclasses import dataclass

import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame
from module1_audio2lmk.foundation.face.geometry import mouth_opening

from .lip_shapes import ARC, PLACES, around, at_places, filled, heights
from .oral_cavity import TEETH_HEIGHT, OralCavity, plain
from .shut_lips import SHOWS_TEETH, bare_strength, line_strength, lip_line

INK = (-1.0,)
#: Of a mouth in lines: ink below the upper lip, in half-widths of the inner lips and of the gap besides, as
#: in true drawings of talking clips; the other half of the line between shut lips lies on the lower one.
UPPER_INK, LOWER_INK = (0.13, 0.27), 0.3
#: px of 256: ink above the inner edge of the upper lip, and paint above and below it.
ABOVE_LIP, UPPER_LINE = 1.5, (1.2, 0.6)
CORNER = (0.4, 0.7)  # how fast that line grows thin, and where it ends, in half-widths
BLUNT = 2.2  # exponent of how it ends at the corners
#: px of 256: the stroke along the lower lip, without which openings are not seen, and the least paper above.
EDGE, LEAST_PAPER = 1.3, 1.0
TAPER = 4  # exponent of how that stroke grows thin towards the corners
#: Upper teeth that are not covered by the lip: of the gap, and half-widths of the inner lips at most.
SHOWN_TEETH = (0.5, 0.32)
BELOW_TEETH = 0.05  # half-widths: what lies below the teeth that a photo shows itself begins here
FADES = 0.12  # half-widths over which it fades in below them
SHADE = (0.3, 0.16)  # of the upper lip on what is below it, and how far that reaches, in half-widths


@dataclass(frozen=True)
class Inside:
    """The dark band between open lips, in colours.

    width: of the inner lips'; flatness: of its upper edge, 0: along the lip; depth: of the gap, more by
    `deeper` times the opening; line: px of 256 by which it is higher; bluntness: exponent of its ends.
    """

    width: float = 0.97
    flatness: float = 0.3
    depth: float = 0.6
    deeper: float = 0.5
    line: float = 0.5
    bluntness: float = 3.0


INSIDE = Inside()
AROUND_GAP = 4  # px of 256 around the inner lips, of what is looked at
#: Of what a photo shows itself: px of 256 of the edge of its upper lip that are left, and of its lower one
#: that are covered; by how much it opens or shuts until that is so; how dark it is between lips so near, px.
OWN_EDGE, OWN_WITHIN, NARROW = 1.0, 0.015, (0.8, 4.0)


def mouth_overlay(
    source_opening: float,
    landmarks: np.ndarray,
    size: int,
    channels: int,
    frame: int | None = None,
    cavity: OralCavity | None = None,
    kept: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """What is laid over a moved drawing: (C, size, size) in [−1, 1], with opacity (1, size, size) in [0, 1].

    source_opening: of the photo's mouth, inner-lip gap / mouth width. landmarks: the target's, (68, 2) px.
    frame: px of the side of the whole frame, where only a square part of it is asked for. cavity: what is
    seen in a mouth in colour; of nobody by default. kept: whether what a drawing in lines shows between its
    lips keeps its size, see `open_lips`: they get a line as they shut, and no more.
    """
    frame, cavity = frame or size, cavity or plain()
    opening = float(mouth_opening(landmarks))
    if channels == 3 and cavity.own:
        return own_inside(landmarks, size, source_opening, cavity, frame)
    share = 0.0 if kept else inside_share(source_opening, opening)
    if share > 0 and channels == 3:
        return coloured_inside(landmarks, size, share, source_opening, cavity, frame)
    if share > 0:
        return inner_mouth(landmarks, size, share, frame, source_opening)
    colour = np.array(INK if channels == 1 else cavity.seam, np.float32)[:, None, None]
    line, opacity = line_strength(source_opening, opening, kept), np.zeros((1, size, size), np.float32)
    if line > 0:
        opacity = lip_line(landmarks, size, channels, frame, line, kept)
    return np.broadcast_to(colour, (channels, size, size)), opacity


def inner_mouth(
    landmarks: np.ndarray,
    size: int,
    share: float = 1.0,
    frame: int | None = None,
    source_opening: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """landmarks (68, 2) px → drawing in lines (1, size, size) in [−1, 1], opacity (1, size, size) in [0, 1].

    share: of the inside that is drawn. Ink grows from the lips' edges into the gap, paper from the lower lip
    up, and neither fades in. What an open mouth of a photo shows is moved with it, and gets the stroke along
    the lower lip alone. Other parameters as of `mouth_overlay`.
    """
    lips, unit = CornerFrame.between(landmarks[60], landmarks[64]), (frame or size) / 256
    top, low = heights(lips, landmarks)
    steep = np.hypot(1, np.gradient(low, lips.half * PLACES))
    edge = low - EDGE * unit * steep * (1 - np.abs(PLACES) ** TAPER)
    dark = _band(lips, low + share * (edge - low), low, size)
    paper = np.zeros_like(dark)
    if source_opening <= SHOWS_TEETH:
        depth = UPPER_INK[0] * lips.half + UPPER_INK[1] * float((low - top).max())
        blunt = _blunt(1.0, BLUNT)
        ends = top + depth * blunt
        between = edge - ends
        ends = np.maximum(ends, edge - np.minimum(between, 2 * between - 2 * LEAST_PAPER * unit).clip(0))
        above = top - ABOVE_LIP * unit * share * blunt
        dark = np.minimum(dark + _band(lips, above, top + share * (ends - top), size), 1)
        # From within the ink on: where edges of both met, what lies below would show as a hairline. At the
        # corners the line between the lips stays whole, and grows thin from there on.
        begins = np.where(ends < edge, ends - unit / 2, edge)
        first = (edge + low) / 2 + CORNER[0] * lips.half * (np.abs(PLACES) - CORNER[1]).clip(0)
        last = np.maximum(low + LOWER_INK * lips.half * steep * blunt, first)
        paper = _band(lips, last - share * (last - first), last, size)
        paper = np.maximum(paper, _band(lips, edge - share * (edge - begins), edge, size)) * (1 - dark)
    opacity = dark + paper
    return ((paper - dark) / np.maximum(opacity, 1e-6))[None], opacity[None]


def coloured_inside(
    landmarks: np.ndarray, size: int, share: float, source_opening: float, cavity: OralCavity, frame: int
) -> tuple[np.ndarray, np.ndarray]:
    """landmarks (68, 2) px → colours (3, size, size) in [−1, 1], opacity (1, size, size) in [0, 1].

    Parameters as of `mouth_overlay`, share as of `inner_mouth`. A photo that shows its own teeth keeps them:
    what is new is below these.
    """
    unit, inside = frame / 256, INSIDE
    lips = CornerFrame.between(landmarks[60], landmarks[64])
    across, down = lips.grid((size, size))
    top, low = heights(lips, landmarks)
    gap, opening = float((low - top).max()), float(mouth_opening(landmarks))
    blunt = _blunt(inside.width, inside.bluntness)
    begins = top + inside.flatness * (top.min() - top)
    ends = begins + share * ((inside.depth + inside.deeper * opening) * gap + inside.line * unit) * blunt
    if source_opening > SHOWS_TEETH:
        shown = source_opening * float(np.linalg.norm(landmarks[54] - landmarks[48]))
        begins = begins + shown * blunt
        ends = begins + np.maximum(low - begins, 0) * blunt
        uncovered = -BELOW_TEETH
    else:
        uncovered = min(SHOWN_TEETH[0] * gap / lips.half, SHOWN_TEETH[1])
    upper, lower = at_places(begins, across), at_places(ends, across)
    begun = (down - upper) / (FADES * lips.half) if source_opening > SHOWS_TEETH else down - upper + 0.5
    opacity = np.minimum(np.minimum(begun, lower - down + 0.5), lower - upper).clip(0, 1)
    # Teeth stand on an arc, however the lip above them is bent.
    arc = np.polyval((ARC @ begins).astype(np.float32), across)
    seen = cavity.seen(across, TEETH_HEIGHT - uncovered + (down - arc) / lips.half)
    shade = 1 - SHADE[0] * (1 - (down - upper) / (SHADE[1] * lips.half)).clip(0, 1)
    colours = (seen * shade[..., None]).transpose(2, 0, 1) / 127.5 - 1
    if source_opening <= SHOWS_TEETH:  # the upper half of the line between shut lips
        above, below = (side * unit * share * _blunt(1.0, TAPER) for side in UPPER_LINE)
        line = _band(lips, begins - above, begins + below, size)
        colours += line * (cavity.seam[:, None, None] - colours)
        opacity = np.maximum(opacity, line)
    return colours.astype(np.float32), opacity.astype(np.float32)[None]


def own_inside(
    landmarks: np.ndarray, size: int, source_opening: float, cavity: OralCavity, frame: int
) -> tuple[np.ndarray, np.ndarray]:
    """What a photo shows between its lips, as large as there: lips that move cover and uncover it.

    landmarks (68, 2) px → colours (3, size, size) in [−1, 1], opacity (1, size, size) in [0, 1]; parameters
    as of `mouth_overlay`. At rest the drawing is left as it is, and otherwise the edge of its upper lip.
    """
    opening, unit = float(mouth_opening(landmarks)), frame / 256
    colours, opacity = np.zeros((3, size, size), np.float32), np.zeros((1, size, size), np.float32)
    moved = min(abs(opening - source_opening) / OWN_WITHIN, 1.0)
    if moved == 0:
        return colours, opacity
    lips, bare = CornerFrame.between(landmarks[60], landmarks[64]), bare_strength(source_opening, opening)
    window = around(landmarks[60:68], AROUND_GAP * unit)
    across, down = (at[window] for at in lips.grid((size, size)))
    top, low = heights(lips, landmarks)
    upper, lower = at_places(top / unit, across), at_places(low / unit, across)
    edge, gap, below = (1 - bare) * OWN_EDGE, lower - upper, down / unit
    begun, left = below - upper - np.minimum(edge, gap / 4), lower + edge - below
    shown = moved * np.minimum(np.minimum(begun, left) + 0.5, gap).clip(0, 1) * (np.abs(across) < 1)
    arc = np.polyval((ARC @ top).astype(np.float32), across)
    seen = cavity.seen(across, (down - arc) / lips.half).transpose(2, 0, 1) / np.float32(127.5) - 1
    dark = NARROW[0] * (1 - gap / NARROW[1]).clip(0, 1)
    if bare > 0:  # the line between lips begins as an edge of the upper one
        met = landmarks.copy()
        met[65:68] = met[[63, 62, 61]]
        line = bare * lip_line(met, size, 3, frame)[0][window]
        dark, shown = np.maximum(dark, line), np.maximum(shown, line)
    colours[(slice(None), *window)] = seen + dark * (cavity.seam.astype(np.float32)[:, None, None] - seen)
    opacity[0][window] = shown
    return colours, opacity


def _blunt(width: float, bluntness: float) -> np.ndarray:
    """Heights of a band at PLACES, as a share of that in its middle; width: of the inner lips'."""
    return np.sqrt((1 - np.abs(PLACES / width) ** bluntness).clip(0))


def _band(lips: CornerFrame, upper: np.ndarray, lower: np.ndarray, size: int) -> np.ndarray:
    """What lies between two edges at PLACES, px down: (size, size) in [0, 1]."""
    return filled(np.concatenate((lips.points(PLACES, upper), lips.points(PLACES, lower)[::-1])), size)


def inside_share(source_opening: float, target_opening: float) -> float:
    """Share of the gap that shows the made-up inside, 0 … 1: more, the wider it opens than the photo does.

    A photo that shows teeth keeps them at rest. Openings: inner-lip gap / mouth width.
    """
    return float(np.clip((target_opening - max(source_opening, 0.02) - 0.02) / 0.04, 0, 1))
