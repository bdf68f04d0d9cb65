"""Watercolour: glazes of pigment over a pencil sketch on rough paper, with rims, blooms and a bare margin.

Bousseau, Kaplan, Thollot and Sillion, "Interactive watercolor rendering with temporal coherence and
abstraction" (2006): pigment of density d turns the colour C of a wash into C − (C − C²)(d − 1). The density
is 1 plus what the washes' edges, the flow of the water and the grain of the paper add.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ._areas import details, flat_areas
from ._colour import WHITE, soft_steps, to_rgb, to_tab
from ._fields import noise, paper
from ._frame import calm as calmed
from ._frame import finish, scaled, working_copy
from ._ink import PENCIL, ink_lines
from .line_drawing import WORKING_SIZE, edge_tangents, pixel_grid, sample, smooth_along

CHANNELS = 3
PAPER_COLOUR = np.array([0.99, 0.98, 0.96], np.float32)
DARK = 22.0  # T, below which an area is dark, as hair is
FARTHER = 2.2  # margins by which the painted area reaches farther there
OVAL = 4.0  # exponent of the painted area's outline: 2 is an ellipse
PENCIL_ABSORBS = np.array([0.8, 0.9, 1.0], np.float32)


@dataclass(frozen=True)
class WatercolourSettings:
    """The recipe's numbers; lengths in px of 512², tones in T, densities in shares."""

    flatness: float = 0.012
    shading: float = 0.6
    step: float = 13.0
    softness: float = 0.4
    lightness: float = 0.05
    wobble: float = 2.6
    bleeding: float = 0.5
    saturation: float = 1.3
    detail: float = 0.8
    rim: float = 0.8
    flow: float = 0.16
    grain: float = 0.018
    pencil: float = 0.5
    margin: float = 24.0
    bareness: float = 0.8


def render(image: np.ndarray, unit: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 RGB photo → (H, W, 3) uint8 RGB watercolour; deterministic.

    unit: px of the image that a square picture of a face is drawn as, where it shows more.
    """
    photo, scale = working_copy(image, unit)
    settings = scaled(WatercolourSettings(), ("wobble", "margin"), scale)
    tab = to_tab(calmed(photo, 7, 20, 4, scale))
    areas = flat_areas(tab, settings.flatness * scale)
    areas += settings.shading * cv2.GaussianBlur(tab - areas, (0, 0), 5.0 * scale)
    fine = details(tab, areas, 5.0 * scale)
    # Where there is nothing to be read, water may do as it likes.
    calm = 1 - np.clip(cv2.GaussianBlur(np.abs(fine[..., 0]), (0, 0), 9.0 * scale) / 2, 0, 1)
    wash = glazes(areas, calm, settings, scale)
    bare = near_white(wash, scale)
    cover, rim = margin(photo.shape, settings.margin, hair(wash[..., 0], scale), scale)
    density = pigment_density(wash, calm, bare, settings, scale) + 0.8 * rim
    wash[..., 0] += settings.lightness * (WHITE - wash[..., 0])  # water, not white paint, makes it light
    colours = with_density(to_rgb(wash + settings.detail * fine), density)
    colours *= 1 - settings.pencil * pencil_marks(photo, scale)[..., None] * PENCIL_ABSORBS
    cover = (cover * (1 - settings.bareness * bare))[..., None]
    shade_of_paper = 1 + 0.012 * paper(photo.shape, scale)[..., None]
    return finish(PAPER_COLOUR * (1 - cover + cover * colours) * shade_of_paper, image.shape)


def glazes(
    areas: np.ndarray, calm: np.ndarray, settings: WatercolourSettings, scale: float = 1.0
) -> np.ndarray:
    """(h, w, 3) (T, a, b) areas → washes: wavering outlines, tonal steps, colour that runs over the tone."""
    shape, wobble = areas.shape, settings.wobble * (0.1 + 0.9 * calm)
    wash = _displaced(areas, wobble, 36.0, 51, scale)
    wet = cv2.GaussianBlur(_displaced(areas, 2 * wobble, 60.0, 55, scale), (0, 0), 3.0 * scale)
    tone = (
        smooth_along(wash[..., 0], edge_tangents(wash[..., 0], 4.0 * scale), 4.0 * scale)
        + 0.6 * noise(shape, 40, 57, 2, scale) * calm
    )
    steps = soft_steps(tone, settings.step, settings.softness)
    colour = wash[..., 1:] + settings.bleeding * (wet[..., 1:] - wash[..., 1:])
    return np.dstack([steps, settings.saturation * colour])


def near_white(wash: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """(h, w, 3) (T, a, b) → (h, w) in [0, 1]: how far a light grey is left to the bare paper."""
    chroma = cv2.GaussianBlur(np.hypot(wash[..., 1], wash[..., 2]), (0, 0), 3.0 * scale)
    grey = np.clip((12 - chroma) / 8, 0, 1)
    # Skin has more colour than that; in a grey photo it has not, there nothing is left out.
    in_colour = np.clip(np.percentile(chroma, 90) / 12, 0, 1)
    return in_colour * grey * np.clip((wash[..., 0] - 50) / 25, 0, 1)


def pigment_density(
    wash: np.ndarray,
    calm: np.ndarray,
    bare: np.ndarray,
    settings: WatercolourSettings,
    scale: float = 1.0,
) -> np.ndarray:
    """(h, w): 1 + rims on the darker side of edges + flow of the water − what the paper's bumps keep off."""
    shape, tone = wash.shape, wash[..., 0]
    rim = np.clip((cv2.GaussianBlur(tone, (0, 0), 4.0 * scale) - tone) / 10, 0, 1)
    flow = noise(shape, 130, 53, 4, scale) * (0.4 + 0.6 * calm) * (1 + 1.5 * bare)
    return 1 + settings.rim * rim + settings.flow * flow - settings.grain * paper(shape, scale)


def with_density(colours: np.ndarray, density: np.ndarray) -> np.ndarray:
    """(h, w, 3) RGB in [0, 1] and (h, w) → C − (C − C²)(d − 1); no pigment is quite black."""
    colours = 0.05 + 0.95 * colours
    return colours - (colours - colours**2) * (density[..., None] - 1)


def pencil_marks(photo: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """(h, w) in [0, 1]: thin lines, broken by the paper's pits."""
    lines = ink_lines(photo, PENCIL.at(round(scale * WORKING_SIZE)))
    return lines * np.clip(1 - 0.2 * paper(photo.shape, scale), 0, 1)


def hair(tone: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """(h, w) in [0, 1]: where broad dark areas lie, which are painted to their own edge."""
    dark = np.clip((DARK - tone) / 12, 0, 1)
    return np.clip(1.6 * cv2.GaussianBlur(dark, (0, 0), 7.0 * scale) - 0.3, 0, 1)


def margin(
    shape: tuple[int, ...], width: float, dark: np.ndarray, scale: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) each: how much of the paper is painted, 0 … 1, and the pigment that dries along the outline.

    dark: (h, w) in [0, 1], see `hair`: a bite into it would be one into the person's head. An oval that runs
    far out in one place and stops early in another, about `width` px inside the picture: here it ends in
    water, there with a dry brush, and only where a puddle stood it leaves a rim.
    """
    x, y = pixel_grid(shape)
    half = np.array([shape[1] / 2, shape[0] / 2], np.float32)
    across, down = np.abs(x - half[0]) / half[0], np.abs(y - half[1]) / half[1]
    # A superellipse: fuller than an oval, without the corners of a frame.
    inside = (1 - (across**OVAL + down**OVAL) ** (1 / OVAL)) * half.min() - 0.2 * width
    inside += 0.7 * width * noise(shape, 150, 57, 3, scale)
    inside += 2.0 * scale * noise(shape, 24, 58, 3, scale)
    dry = np.clip(0.5 + 0.5 * noise(shape, 120, 59, unit=scale), 0, 1)
    wet = np.clip(0.5 + 0.7 * noise(shape, 180, 60, unit=scale), 0, 1)
    inside += FARTHER * width * dark
    ramp = np.clip((inside + 2.5 * scale * dry * paper(shape, scale)) / (4 * scale + 1.2 * width * wet), 0, 1)
    puddle = (1 - dry) * (1 - wet)
    return ramp * ramp * (3 - 2 * ramp), np.exp(-0.5 * ((inside / scale - 3) / 2.5) ** 2) * puddle


def _displaced(image: np.ndarray, distance: np.ndarray, size: float, seed: int, scale: float) -> np.ndarray:
    """The image moved by (h, w) px times noise of the given size, px of 512."""
    x, y = pixel_grid(image.shape)
    shape = image.shape
    return sample(
        image,
        x + distance * noise(shape, size, seed, 3, scale),
        y + distance * noise(shape, size, seed + 1, 3, scale),
    )
