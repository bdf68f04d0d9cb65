"""Pen drawing: thin contours, hatching that crosses as shadow deepens, and hair in strokes along its flow."""

import cv2
import numpy as np

from ._fields import noise
from ._ink import INK_PEN, ink_lines
from ._shadow import shadow
from .line_drawing import WORKING_SIZE, at_working_size, edge_tangents, pixel_grid, smooth_along

CHANNELS = 1
OUTLINE = 0.75, 1.0
#: Angle in degrees of a layer of hatching, and the shadow, 0 … 1, at which it begins.
LAYERS = ((48.0, 0.10), (132.0, 0.55))
SPACING = 5.0  # px of 512² between strokes of a layer
WIDTH = 1.5  # px of 512² of a stroke in full shadow
GROWS = 0.45  # of shadow, over which a stroke grows to its width
THINNEST = 0.25  # px of 512²: a pen draws no thinner; strokes end there
WAVER = 0.9  # px of 512², by which strokes stray from straight lines
#: Strokes of what is dark by itself: their width and the σ of their length, px of 512²; σ of the flow that
#: they follow; their threshold in light and in full dark, standard deviations; how steep their edges are.
HAIR_WIDTH, HAIR_LENGTH, HAIR_FLOW = 2.0, 11.0, 5.0
HAIR_LIGHT, HAIR_DARK, HAIR_EDGE = 1.6, -0.9, 2.5
HAIR_FALLS = 0.03  # change of log lightness per px that counts as none


def render(image: np.ndarray, unit: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 RGB photo → (H, W) uint8 drawing, 0 ink … 255 paper; deterministic.

    unit: px of the image that a square picture of a face is drawn as, where it shows more.
    """

    def draw(photo: np.ndarray, size: int) -> np.ndarray:
        lines = ink_lines(photo, INK_PEN.at(size))
        falls, dark = shadow(photo, size / WORKING_SIZE)
        shade = hatching(np.clip(falls - dark, 0, 1), size)
        return (1 - lines) * (1 - shade) * (1 - hair(photo, dark, size))

    return at_working_size(image, draw, unit)


def hatching(tone: np.ndarray, size: int) -> np.ndarray:
    """Shadow (h, w) in [0, 1] → ink (h, w) in [0, 1]: strokes that are wider where it is darker.

    size: px that 512 px of a drawing are.
    """
    unit = size / WORKING_SIZE
    x, y = pixel_grid(tone.shape)
    paper = np.ones_like(tone)
    for layer, (angle, begins) in enumerate(LAYERS):
        turn = np.deg2rad(angle)
        across = (x * np.float32(np.sin(turn)) + y * np.float32(np.cos(turn))) / np.float32(unit)
        across += np.float32(WAVER) * noise(tone.shape, 60, 71 + layer, unit=unit)
        # Strokes of a hand begin and end unevenly: the tone is read with a little noise.
        depth = (tone - begins + 0.04 * noise(tone.shape, 14, 81 + layer, unit=unit)) / GROWS
        width = WIDTH * np.clip(depth, 0, 1)
        width *= np.clip(width / THINNEST - 1, 0, 1)
        distance = np.abs((across / SPACING) % 1 - 0.5) * SPACING
        paper *= 1 - np.clip((width / 2 - distance) * unit + 0.5, 0, 1) * np.clip(width * unit, 0, 1)
    return 1 - paper


def hair(photo: np.ndarray, dark: np.ndarray, size: int) -> np.ndarray:
    """Strokes along the flow of a photo (h, w, 3) uint8 where it is dark, (h, w) in [0, 1] → ink (h, w).

    Hatching would lay a net over hair. Strokes are found at 512 px, where that is quick.
    """
    unit = size / WORKING_SIZE
    shape = tuple(int(np.ceil(side / unit)) for side in photo.shape[:2])
    small = cv2.resize(photo, shape[::-1], interpolation=cv2.INTER_AREA)
    light = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)
    # What is nearly black shows its strands in small differences; what shows none hangs down.
    seen = np.log(light + 8) + np.float32(HAIR_FALLS) * pixel_grid(shape)[0]
    tangents = edge_tangents(seen, HAIR_FLOW)
    field = smooth_along(noise(shape, HAIR_WIDTH, 91), tangents, HAIR_LENGTH)
    field = field / max(float(field.std()), 1e-6)
    whole = round(shape[1] * unit), round(shape[0] * unit)
    field = cv2.resize(field, whole, interpolation=cv2.INTER_CUBIC)[: len(photo), : photo.shape[1]]
    ink = np.clip((field - HAIR_LIGHT - (HAIR_DARK - HAIR_LIGHT) * dark) * HAIR_EDGE + 0.5, 0, 1)
    return ink * np.clip(4 * dark, 0, 1)
