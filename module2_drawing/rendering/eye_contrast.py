"""Eye contrast: irises made dark and the white beside them light, as lines need.

A style draws the edges of what is pale: of a blue iris rings, of one in the shadow of a brow a blot with its
white. A draughtsman fills irises and leaves the white. Lids, lashes and the lights in an eye stay.
"""

from functools import partial

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame
from module1_audio2lmk.foundation.face.geometry import LEFT_EYE, RIGHT_EYE

from .backdrop import disc
from .lightness import lightness, relit

# Lengths in widths of the wider eye, if not said otherwise.
RADIUS = 0.2  # of an iris
STEP = 0.05  # of the places where it is looked for, half-widths of the eye
PLACES = np.stack(np.meshgrid(np.arange(-1, 1.01, STEP), np.arange(-0.6, 0.61, STEP)), -1)  # along and down
OFF = 0.6, 0.25  # farthest that its middle is from that of the eye, half-widths along and down
APART = 2  # steps by which the places of both irises differ at most
SMALLEST = 8.0  # px
FINEST = 0.0125  # σ of what is as light as its surroundings
SHUT = 0.1  # opening below which an eye is left alone, and twice that where it is not
INSET, FEATHER = 0.03, 0.05  # of the lids' edges, which stay, and of all soft edges
FAINT, CLEAR = 0.1, 0.25  # natural logarithm by which an iris is darker: where it counts, and fully
DARK, WHITE = 0.3, 0.95  # lightness that irises get at most and the white at least, of that of the skin below
LIGHTEST = 1.8  # times as light as before
GLINT = 2.2, 0.7  # times as light as the iris, and as the skin below, is a light in it
BELOW = 0.35  # where skin is looked at, half-widths of an eye below its lower lid


def clear_eyes(photo: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A photo (H, W, 3) uint8 RGB whose open eyes have dark irises and light whites.

    landmarks: (68, 2) px of it.
    """
    outlines = [landmarks[list(eye)] for eye in (RIGHT_EYE, LEFT_EYE)]
    width = max(2 * CornerFrame.of(eye).half for eye in outlines)
    if width < SMALLEST:
        return photo
    contrasts = [_contrast(photo, eye, width) for eye in outlines]
    at = np.unravel_index((contrasts[0] + contrasts[1]).argmax(), PLACES.shape[:2])  # both look the same way
    near = tuple(slice(max(place - APART, 0), place + APART + 1) for place in at)
    clear = np.clip((max(one[near].max() for one in contrasts) - FAINT) / (CLEAR - FAINT), 0, 1)
    for eye, contrast in zip(outlines, contrasts, strict=True):
        middle = PLACES[near].reshape(-1, 2)[contrast[near].argmax()]
        if clear > 0:
            factor = partial(_factor, eye=eye, middle=middle, width=width, clear=clear)
            photo = relit(photo, eye, width, (0.3, 0.5), factor)
    return photo


def _contrast(photo: np.ndarray, eye: np.ndarray, width: float) -> np.ndarray:
    """How much darker a disc around each of PLACES is than the rest of an eye: natural logarithms, or 0."""
    frame = CornerFrame.of(eye)
    along, down = PLACES[..., 0], PLACES[..., 1] * frame.half
    seen = frame.points(along, down).astype(np.float32)
    pixels = cv2.remap(photo, seen, None, cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    shown = (down > frame.edge(eye, True, along)) & (down < frame.edge(eye, False, along)) & (abs(along) < 1)
    weight = shown.astype(np.float32)
    light = weight * lightness(pixels)
    kernel = disc(RADIUS * width / frame.half / STEP).astype(np.float32)
    count, dark = (cv2.filter2D(one, -1, kernel, borderType=cv2.BORDER_CONSTANT) for one in (weight, light))
    rest = weight.sum() - count
    outer, inner = (light.sum() - dark) / rest.clip(1), dark / count.clip(1)
    may_be = shown & (rest > 1) & (abs(along) < OFF[0]) & (abs(PLACES[..., 1]) < OFF[1])
    return np.where(may_be, np.log(outer.clip(1) / inner.clip(1)), 0)


def _factor(
    part: np.ndarray, low: np.ndarray, *, eye: np.ndarray, middle: np.ndarray, width: float, clear: float
) -> np.ndarray | None:
    """How many times as light each px (h, w) around an eye, outline (6, 2) px, gets; None where it is shut.

    middle: of its iris, half-widths of the eye along and down.
    """
    eye = eye - low
    frame = CornerFrame.of(eye)
    light = cv2.GaussianBlur(lightness(part), (0, 0), FINEST * width).clip(4)
    along, down = frame.grid(part.shape)
    inside = np.minimum(down - frame.edge(eye, True, along), frame.edge(eye, False, along) - down) / width
    inside[np.abs(along) > 1] = -1
    opened = float(np.clip(2 * inside.max() / SHUT - 1, 0, 1))
    skin = light[np.abs(inside + BELOW * frame.half / width) < FEATHER]
    if opened == 0 or not skin.size:
        return None
    away = np.hypot((along - middle[0]) * frame.half, down - middle[1] * frame.half) / width
    iris = np.clip((RADIUS - away) / FEATHER + 0.5, 0, 1) * np.clip(inside / FEATHER + 0.5, 0, 1)
    white = np.clip((away - RADIUS) / FEATHER - 0.5, 0, 1) * np.clip((inside - INSET) / FEATHER, 0, 1)
    tone = float(np.median(skin))
    usual = np.median(light[iris > 0.5]) if (iris > 0.5).any() else 255.0
    glint = light > max(GLINT[0] * usual, GLINT[1] * tone)
    darker = np.where(glint, 1, np.minimum(DARK * tone / light, 1))
    lighter = np.clip(WHITE * tone / light, 1, LIGHTEST)
    change = opened * (iris * np.log(darker) + white * np.log(lighter))
    return np.exp(clear * change.astype(np.float32))
