"""Cartoon: flat clean areas of colour in a few tones, under ink lines in a dark shade of the colour below.

After Winnemöller, Olsen and Gooch, "Real-time video abstraction" (2006), with flat areas by L0 gradient
minimisation in place of their bilateral filter.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ._areas import details, flat_areas
from ._colour import soft_steps, to_rgb, to_tab
from ._frame import calm, finish, working_copy
from ._ink import INK_PEN, ink_lines
from .line_drawing import WORKING_SIZE, edge_tangents, smooth_along

CHANNELS = 3


@dataclass(frozen=True)
class CartoonSettings:
    """The recipe's numbers; lengths in px of 512², tones in T."""

    flatness: float = 0.006
    shading: float = 0.6
    shading_sigma: float = 5.0
    contour_sigma: float = 5.0
    step: float = 12.0
    softness: float = 0.35
    detail: tuple[float, float] = (1.0, 0.7)
    saturation: float = 1.25
    ink: float = 0.88


def render(image: np.ndarray, unit: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 RGB photo → (H, W, 3) uint8 RGB cartoon; deterministic.

    unit: px of the image that a square picture of a face is drawn as, where it shows more.
    """
    photo, scale = working_copy(image, unit)
    settings = CartoonSettings()
    colours = to_rgb(tonal_areas(to_tab(calm(photo, 7, 20, 4, scale)), settings, scale))
    lines = ink_lines(photo, INK_PEN.at(round(scale * WORKING_SIZE)))[..., None]
    return finish(colours * (1 - settings.ink * lines), image.shape)


def tonal_areas(tab: np.ndarray, settings: CartoonSettings, scale: float = 1.0) -> np.ndarray:
    """(h, w, 3) (T, a, b) → the same in flat areas and tonal steps, more saturated, eyes and mouth crisp."""
    areas = flat_areas(tab, settings.flatness * scale)
    lost_shading = cv2.GaussianBlur(tab[..., 0] - areas[..., 0], (0, 0), settings.shading_sigma * scale)
    # Smoothed along its edges, the tone falls into steps with clean contours.
    tangents = edge_tangents(areas[..., 0], 4.0 * scale)
    tone = areas[..., 0] + settings.shading * lost_shading
    tone = smooth_along(tone, tangents, settings.contour_sigma * scale)
    fine = details(tab, np.dstack([tone, areas[..., 1:]]), 5.0 * scale)
    for_tone, for_colour = settings.detail
    steps = soft_steps(tone, settings.step, settings.softness) + for_tone * fine[..., 0]
    colour = settings.saturation * (areas[..., 1:] + for_colour * fine[..., 1:])
    return np.dstack([steps, colour])
