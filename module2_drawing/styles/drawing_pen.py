"""Pen drawing: thin contours, and shadow in layers of hatching that cross as it deepens."""

from __future__ import annotations

import numpy as np

from ._ink import INK_PEN, ink_lines
from ._shadow import scaled_noise, shadow
from .line_drawing import WORKING_SIZE, at_working_size, pixel_grid

CHANNELS = 1
OUTLINE = 0.75, 1.0
#: Angle in degrees of a layer of hatching, and the shadow, 0 … 1, at which it begins.
LAYERS = ((48.0, 0.10), (132.0, 0.42), (8.0, 0.68), (90.0, 0.85))
SPACING = 6.0  # px of 512² between strokes of a layer
WIDTH = 1.7  # px of 512² of a stroke in full shadow
GROWS = 0.35  # of shadow, over which a stroke grows to its width
THINNEST = 0.25  # px of 512²: a pen draws no thinner; strokes end there
WAVER = 0.9  # px of 512², by which strokes stray from straight lines


def render(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 RGB photo → (H, W) uint8 drawing, 0 ink … 255 paper; deterministic."""

    def draw(photo: np.ndarray) -> np.ndarray:
        lines = ink_lines(photo, INK_PEN.at(len(photo)))
        return (1 - lines) * (1 - hatching(shadow(photo)))

    return at_working_size(image, draw)


def hatching(tone: np.ndarray) -> np.ndarray:
    """Shadow (S, S) in [0, 1] → ink (S, S) in [0, 1]: strokes that are wider where it is darker."""
    size = len(tone)
    unit = size / WORKING_SIZE
    x, y = pixel_grid(tone.shape)
    paper = np.ones_like(tone)
    for layer, (angle, begins) in enumerate(LAYERS):
        turn = np.deg2rad(angle)
        across = (x * np.float32(np.sin(turn)) + y * np.float32(np.cos(turn))) / np.float32(unit)
        across += np.float32(WAVER) * scaled_noise(size, 60, 71 + layer)
        # Strokes of a hand begin and end unevenly: the tone is read with a little noise.
        depth = (tone - begins + 0.04 * scaled_noise(size, 14, 81 + layer)) / GROWS
        width = WIDTH * np.clip(depth, 0, 1)
        width *= np.clip(width / THINNEST - 1, 0, 1)
        distance = np.abs((across / SPACING) % 1 - 0.5) * SPACING
        paper *= 1 - np.clip((width / 2 - distance) * unit + 0.5, 0, 1) * np.clip(width * unit, 0, 1)
    return 1 - paper
