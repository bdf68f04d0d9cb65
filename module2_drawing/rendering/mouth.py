"""Mouth: what no warp of a photo shows, its inside as it opens, the line of lips that shut over teeth."""

from dataclasses import dataclass

import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame
from module1_audio2lmk.foundation.face.geometry import mouth_opening

from .lip_shapes import PLACES, edges, filled, heights
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
    teeth: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """What is laid over a moved drawing: (C, size, size) in [−1, 1], with opacity (1, size, size) in [0, 1].

    source_opening: of the photo's mouth, inner-lip gap / mouth width. landmarks: the target's, (68, 2) px.
    frame: px of the side of the whole frame, where only a square part of it is asked for. cavity: what is
    seen in a mouth in colour; of nobody by default. teeth: whether a drawing in lines leaves those
    of the photo as paper, between two strokes that meet as lips shut.
    """
    frame, cavity = frame or size, cavity or plain()
    opening = float(mouth_opening(landmarks))
    share = inside_share(source_opening, opening)
    if share > 0 and channels == 3:
        return coloured_inside(landmarks, size, share, source_opening, cavity, frame)
    if share > 0:
        return inner_mouth(landmarks, size, share, frame, source_opening if teeth else 0.0)
    colour = np.array(INK if channels == 1 else cavity.seam, np.float32)[:, None, None]
    line, opacity = line_strength(source_opening, opening, teeth), np.zeros((1, size, size), np.float32)
    if line > 0:
        opacity = lip_line(landmarks, size, channels, frame, line, teeth)
    return np.broadcast_to(colour, (channels, size, size)), opacity


def inner_mouth(
    landmarks: np.ndarray,
    size: int,
    share: float = 1.0,
    frame: int | None = None,
    teeth: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """landmarks (68, 2) px → drawing in lines (1, size, size) in [−1, 1], opacity (1, size, size) in [0, 1].

    share: of the inside that is drawn, from the upper lip down. Ink and paper grow; they do not fade in.
    frame: as of `mouth_overlay`. teeth: mouth widths of teeth that stay paper; what is dark is below them.
    """
    if teeth > 0:
        dark = filled(_dark_below_teeth(landmarks, share, teeth), size)
        return np.full((1, size, size), -1, np.float32), dark[None]
    dark = filled(_dark_inside(landmarks, share, (frame or size) / 256), size)
    # Lines that crossed the lips are not stretched over the lower part of the gap: it is lip and paper.
    upper, lower = edges(landmarks)
    edge = upper + share * (lower - upper)
    paper = filled(np.concatenate((upper[:-1], edge[:0:-1])), size) * (1 - dark)
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
    blunt = np.sqrt((1 - np.abs(PLACES / inside.width) ** inside.bluntness).clip(0))
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


def _dark_inside(landmarks: np.ndarray, share: float, unit: float) -> np.ndarray:
    """The outline (N, 2) px of what is dark between open lips: a band with blunt ends below the upper lip.

    Landmarks of the inner lips make a lens, pointed at the corners and low in its middle; of true drawings of
    open mouths the band is what is nearest. share: as of `inner_mouth`; unit: px of a px of 256.
    """
    inside, lips = INSIDE[1], CornerFrame.between(landmarks[60], landmarks[64])
    top, low = heights(lips, landmarks)
    gap = float((low - top).max())
    along = inside.width * PLACES
    top = np.interp(along, PLACES, top)
    top += inside.flatness * (top.min() - top)
    depth = float(np.clip(inside.depth + inside.deeper * mouth_opening(landmarks), 0, 1)) * gap
    height = share * (depth + inside.line * unit) * np.sqrt(1 - np.abs(PLACES) ** inside.bluntness)
    return np.concatenate((lips.points(along, top), lips.points(along, top + height)[::-1]))


def _dark_below_teeth(landmarks: np.ndarray, share: float, teeth: float) -> np.ndarray:
    """The outline (N, 2) px of what is dark below teeth; share, teeth: as of `inner_mouth`."""
    lips = CornerFrame.between(landmarks[60], landmarks[64])
    top, low = heights(lips, landmarks)
    shown = teeth * float(np.linalg.norm(landmarks[54] - landmarks[48]))
    begins = np.minimum(top + shown * (1 - np.abs(PLACES) ** TEETH_END), low)
    ends = begins + share * (low - begins)
    return np.concatenate((lips.points(PLACES, begins), lips.points(PLACES, ends)[::-1]))


def inside_share(source_opening: float, target_opening: float) -> float:
    """Share of the gap that shows the made-up inside, 0 … 1: more, the wider it opens than the photo does.

    A photo that shows teeth keeps them at rest. Openings: inner-lip gap / mouth width.
    """
    return float(np.clip((target_opening - max(source_opening, 0.02) - 0.02) / 0.04, 0, 1))
