"""Oral cavity: teeth, tongue and the dark between, of a mouth in colour; drawn once, by the style itself.

Upper teeth are fixed to the skull: lips that part uncover more and more of one picture of them. Coordinates
of that picture are half-widths of the inner lips, across from their middle and down from the gums.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame
from module1_audio2lmk.foundation.face.geometry import LEFT_EYE, RIGHT_EYE, mouth_opening

from .lip_lines import shows_teeth
from .lip_shapes import ARC, PLACES, heights
from .shut_lips import SHOWS_TEETH

TEETH_HEIGHT, TEETH_END = 0.38, 0.9  # of the middle ones, and how far across they are seen
PARTINGS = (
    0.0,
    0.27,
    0.48,
    0.64,
    0.76,
)  # between teeth, from the middle on: farther back they are foreshortened
TONGUE, TONGUE_WIDTH = 0.66, 0.7  # where its back begins, and half its width
LOWER_TEETH = 1.05
LEFT, TOP, RIGHT, BOTTOM = -1.2, -0.2, 1.2, 1.7  # of the picture
PLAIN_HALF = 48  # px of the half-width of a picture without a style
#: Teeth, of the light that falls on the face, and the dark, of the lips' colour: the lightest and the darkest
#: twelfth of open mouths of 42 talking clips (quartile above, median).
IVORY, DARK = np.array((0.95, 0.8, 0.74)), (0.37, 0.23, 0.2)
LIP, LIGHT = np.array((0.62, 0.32, 0.31)), 0.9  # where there is no photo to take them from
SEAM = np.array((0.48, 0.34, 0.36))  # of the lips' colour, where they meet, of nobody
DARKEST = 0.3  # of what is between lips at rest, of the line's colour
OVERSAMPLING = 2
#: px of 256 of lips' edges that are no part of what a photo shows between them; over which that ends.
LIP_EDGE, SOFT = 1.5, 1.5
OWN_END = 0.93  # half-widths, to where a photo is looked at: beyond are the mouth's corners
SEEN = 0.8  # of what is seen in the middle, the length of teeth: it ends with the lip's shade
LIGHT_TEETH = 70  # percentile of colours of teeth
INK = 8  # percentile of the darkest about parted lips


@dataclass(frozen=True)
class OralCavity:
    """picture: (h, w, 3) uint8 RGB; half: px of it that are a half-width; seam: colour of the line between
    shut lips, (3,) in [−1, 1]; own: whether it begins with what the photo shows between its lips."""

    picture: np.ndarray
    half: float
    seam: np.ndarray
    own: bool = False

    def seen(self, across: np.ndarray, down: np.ndarray) -> np.ndarray:
        """Its colours at places (...), half-widths: (..., 3) uint8."""
        x, y = (across - LEFT) * self.half - 0.5, (down - TOP) * self.half - 0.5
        place = np.dstack((x, y)).astype(np.float32)
        return cv2.remap(self.picture, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@cache
def plain() -> OralCavity:
    """Of nobody, in no style."""
    return OralCavity(_painted(LIP, LIGHT, PLAIN_HALF), PLAIN_HALF, 2 * LIP * SEAM - 1)


def drawn(
    photo: np.ndarray, drawing: np.ndarray, landmarks: np.ndarray, draw: Callable[[np.ndarray], np.ndarray]
) -> OralCavity:
    """Of a person, in a style: `draw` of a picture (h, w, 3) uint8 RGB in the scale of the drawing.

    photo: (P, P, 3) uint8 RGB; drawing: (D, D, 3) uint8 RGB; landmarks: (68, 2) px of 256.
    """
    lip, light = _lip(photo, landmarks), _light(photo, landmarks)
    half = float(np.linalg.norm(landmarks[64] - landmarks[60])) / 2 * len(drawing) / 256
    picture = draw(_painted(lip, light, half))
    # No paint of a mouth is lighter than all of the face's.
    lightest = np.percentile(_within(drawing, landmarks[:27]).max(1), 99.5)
    excess = np.maximum(picture.max(2, keepdims=True) / max(float(lightest), 1.0), 1)
    picture = np.rint(picture / excess).astype(np.uint8)
    if mouth_opening(landmarks) <= SHOWS_TEETH:
        return OralCavity(picture, half, 2 * _line(drawing, landmarks) - 1)
    seam = 2 * _ink(drawing, landmarks) - 1
    marks = (landmarks + 0.5) * (len(drawing) / 256) - 0.5
    return OralCavity(_with_own(picture, drawing, marks, shows_teeth(photo, landmarks)), half, seam, True)


def _with_own(picture: np.ndarray, drawing: np.ndarray, marks: np.ndarray, teeth: bool) -> np.ndarray:
    """A cavity (h, w, 3) uint8 that begins with what a drawing (D, D, 3) uint8 shows between its lips.

    marks: (68, 2) px of the drawing; teeth: whether that is teeth, which go on where the lower lip hid them.
    """
    lips, unit = CornerFrame.between(marks[60], marks[64]), len(drawing) / 256
    top, low = heights(lips, marks)
    arc = np.polyval(ARC @ top, PLACES)
    columns, rows = (np.arange(n) + 0.5 for n in (picture.shape[1], picture.shape[0]))
    across, down = np.meshgrid(columns / lips.half + LEFT, rows + TOP * lips.half)
    begins, ends = (np.interp(across, PLACES, edge - arc) for edge in (top, low))
    inset = np.minimum(LIP_EDGE * unit, (ends - begins) / 2)
    begins, ends = begins + inset, ends - inset
    at = np.clip(across, -OWN_END, OWN_END)
    place = lips.points(at, np.clip(down, begins, ends) + np.interp(at, PLACES, arc)).astype(np.float32)
    own = cv2.remap(drawing, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    long, below = float((low - arc).max()) * SEEN / lips.half, down / lips.half
    hidden = TEETH_HEIGHT + below - long
    if teeth:
        hidden = np.minimum(hidden, below * TEETH_HEIGHT / max(long, 1e-3))
    made = OralCavity(picture, lips.half, np.zeros(3)).seen(across, hidden).astype(np.float32)
    middle = np.abs(across) < 0.6
    mine, theirs = own[middle & (down > begins) & (down < ends)], made[middle & (hidden < TEETH_HEIGHT)]
    if teeth and len(mine) and len(theirs):  # as light as those
        made *= np.percentile(mine, LIGHT_TEETH, 0) / np.percentile(theirs, LIGHT_TEETH, 0).clip(1)
    share = np.clip((ends - down) / (SOFT * unit) + 0.5, 0, 1)[..., None]
    return np.rint(made + share * (own - made)).clip(0, 255).astype(np.uint8)


def _painted(lip: np.ndarray, light: float, half: float) -> np.ndarray:
    """A cavity (h, w, 3) uint8 RGB as photos show it; lip: its colour, light: of what is white, 0 … 1."""
    fine = half * OVERSAMPLING
    size = round((RIGHT - LEFT) * half), round((BOTTOM - TOP) * half)
    columns, rows = (np.arange(n * OVERSAMPLING) + 0.5 for n in size)
    across, down = np.meshgrid(columns / fine + LEFT, rows / fine + TOP)
    away = np.abs(across)

    def below(edge: np.ndarray | float, soft: float) -> np.ndarray:
        return np.clip((down - edge) / soft + 0.5, 0, 1)

    def lay(colour: np.ndarray, opacity: np.ndarray) -> None:
        image[:] += opacity[..., None] * (colour - image)

    image = np.broadcast_to(lip * DARK, (*down.shape, 3)).copy()
    flesh = lip * (0.78, 0.68, 0.7)
    back = TONGUE + 0.3 * (away / TONGUE_WIDTH) ** 2
    lay(flesh * 0.8, 0.85 * below(back, 0.3) * (1 - below(LOWER_TEETH + 0.6, 0.2)))
    ivory = light * IVORY * 255
    image *= 255
    parted = _parted(away)
    lower_edge = LOWER_TEETH + 0.12 * (away / 0.6) ** 2 + 0.02 * parted
    lower = below(lower_edge, 0.04) * np.clip((0.62 - away) / 0.1, 0, 1)
    lay(0.72 * ivory * (1 - 0.14 * parted[..., None]), lower * (1 - 0.5 * (away / 0.6).clip(0, 1) ** 2))
    edge = TEETH_HEIGHT * (1 - (away / TEETH_END).clip(0, 1) ** 3) - 0.035 * parted
    upper = (1 - below(edge, 0.03)) * np.clip((TEETH_END - away) / 0.1, 0, 1)
    nearer_gum = (0.35 + 0.65 * (down / TEETH_HEIGHT).clip(0, 1)) * parted
    # What is farther back lies in the shade.
    shaded = (away / TEETH_END).clip(0, 1) ** 2
    lay(ivory * (1 - 0.25 * shaded - 0.17 * nearer_gum)[..., None], upper * (1 - 0.5 * shaded))
    lay(flesh * 255, 1 - below(-0.02 - 0.04 * (1 - parted), 0.05))
    return cv2.resize(image.clip(0, 255).astype(np.uint8), size, interpolation=cv2.INTER_AREA)


def _parted(away: np.ndarray) -> np.ndarray:
    """1 at the lines between teeth, 0 within these."""
    nearest = np.abs(away[..., None] - PARTINGS).min(-1)
    return np.exp(-((nearest / 0.022) ** 2))


def _within(image: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """The pixels (N, 3) of an image (S, S, 3) in the convex hull of points (K, 2) px of 256, one at least."""
    scale = len(image) / 256
    mask = np.zeros(image.shape[:2], np.uint8)
    hull = cv2.convexHull(np.round((outline + 0.5) * scale - 0.5).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1)
    found = image[mask > 0]
    return found if len(found) else image.reshape(-1, 3)


def _lip(photo: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The colour (3,) in 0 … 1 of the lower lip."""
    return np.median(_within(photo, landmarks[[56, 57, 58, 67, 66, 65]]), 0) / 255


def _line(drawing: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The colour (3,) in 0 … 1 of the line between shut lips."""
    between = _within(drawing, landmarks[60:68])
    tone = between.mean(1)
    return np.median(between[tone <= np.percentile(tone, 100 * DARKEST)], 0) / 255


def _ink(drawing: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The colour (3,) in 0 … 1 of the darkest about the lips."""
    around = _within(drawing, landmarks[48:60])
    tone = around.mean(1)
    return np.median(around[tone <= np.percentile(tone, INK)], 0) / 255


def _light(photo: np.ndarray, landmarks: np.ndarray) -> float:
    """How light what is white in a face is, 0 … 1: as the whites of the eyes, and no darker than the skin."""
    eyes = np.concatenate([_within(photo, landmarks[list(eye)]) for eye in (RIGHT_EYE, LEFT_EYE)])
    skin = np.percentile(_within(photo, landmarks[:27]).max(1), 80)
    return float(np.clip(max(np.percentile(eyes.max(1), 95), skin), 0, 245)) / 255
