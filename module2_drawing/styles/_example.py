"""Example's style: a painting in the colours, strokes and lines that were measured in one picture.

`scripts/new_style.py` measures and writes a style that draws with these numbers. The strokes are those of the
oil painting, in other sizes and with other contrasts.
"""

from dataclasses import dataclass, replace

import numpy as np

from ._colour import to_rgb
from ._frame import finish, working_copy
from ._ink import INK_PEN, ink_lines
from .line_drawing import WORKING_SIZE
from .oil import Brush, OilSettings, corrected, flow_field, lay_strokes, lit_relief, under_painting

TONE_WEIGHT, COLOUR_WEIGHT = 1.0, 0.4  # of differences of T, of a and b, from a colour of the palette
NEAR = 5.0  # difference from a colour of the palette within which it counts
VIVID = 1.5  # by how much colours differ more than in the photo, where the palette's nearest is looked for
MOST_VIVID = 1.7  # by how much a mixed colour is made as vivid as those that it is mixed of
TAKEN = (0.45, 0.85)  # shares of the palette's tone and colour in what is painted
COLOURFUL = 15.0  # most chroma of a palette below which more of its colour is taken: of greys all
MIDDLE = 50.0  # T


@dataclass(frozen=True)
class ExampleStyle:
    """palette: (T, a, b) and its share of the picture, each; contrast, brightness: T becomes
    50 + contrast (T − 50) + brightness; stroke: width and length, px of 512; spread: by how much (T, a, b)
    differ from stroke to stroke; relief: T of the light on strokes; line: width as a share of the cartoon's,
    and darkness 0 … 1.
    """

    palette: tuple[tuple[float, float, float, float], ...]
    contrast: float
    brightness: float
    stroke: tuple[float, float]
    spread: float
    relief: float
    line: tuple[float, float]


def painted(image: np.ndarray, style: ExampleStyle, unit: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 RGB photo → (H, W, 3) uint8 RGB; deterministic. unit: as of the oil painting."""
    photo, scale = working_copy(image, unit)
    settings = _settings(style).at(scale)
    field = flow_field(photo, settings.tensor_sigma, scale)
    ground = recoloured(under_painting(photo, field, settings, scale), style)
    painting, thickness = lay_strokes(ground, field, settings.brushes)
    painting = corrected(painting, ground, settings, scale)
    painting[..., 0] += style.relief * lit_relief(thickness, field, settings.bristle_sigma, scale)
    width, darkness = style.line
    pen = replace(INK_PEN, line_sigma=INK_PEN.line_sigma * width).at(round(scale * WORKING_SIZE))
    ink = darkness * ink_lines(photo, pen)[..., None]
    darkest = np.array(min(style.palette)[:3], np.float32)
    return finish(to_rgb(painting + ink * (np.minimum(painting, darkest) - painting)), image.shape)


def recoloured(tab: np.ndarray, style: ExampleStyle) -> np.ndarray:
    """(h, w, 3) (T, a, b) → the same in the colours of the palette that are nearest in tone and colour."""
    tone = MIDDLE + style.contrast * (tab[..., 0] - MIDDLE) + style.brightness
    seen, vivid = (np.dstack((tone, factor * tab[..., 1:])).astype(np.float32) for factor in (1, VIVID))
    total, chroma, mixed = np.zeros_like(tone), np.zeros_like(tone), np.zeros_like(seen)
    weights = np.array([TONE_WEIGHT, COLOUR_WEIGHT, COLOUR_WEIGHT], np.float32)
    for colour in np.array(style.palette, np.float32):
        away = (vivid - colour[:3]) ** 2 @ weights
        # Never zero: what is far from all of the palette gets the nearest of it.
        weight = colour[3] ** 0.25 / (1 + away / NEAR**2) ** 4
        total += weight
        chroma += weight * np.hypot(colour[1], colour[2])
        mixed += weight[..., None] * colour[:3]
    # Opposite colours mix to grey: what is between them is as vivid as they are.
    grey = chroma / np.maximum(np.hypot(mixed[..., 1], mixed[..., 2]), 1e-6)
    mixed[..., 1:] *= np.clip(grey, 1, MOST_VIVID)[..., None]
    most = max(float(np.hypot(a, b)) for _, a, b, _ in style.palette)
    colour_taken = 1 - (1 - TAKEN[1]) * min(most / COLOURFUL, 1)
    return seen + (mixed / total[..., None] - seen) * np.array([TAKEN[0], *(colour_taken,) * 2], np.float32)


def _settings(style: ExampleStyle) -> OilSettings:
    """The strokes' sizes: broad ones, those of the example, and fine ones for eyes and mouth."""
    width, length = style.stroke
    broad = Brush(1.0 * width, 2.0 * length, 2.0 * width, 0.0, style.spread)
    own = Brush(0.75 * width, length, width, 0.06, style.spread)
    fine = Brush(0.5 * width, 0.5 * length, 0.5 * width, 0.3, 0.5 * style.spread)
    limits = 2 + style.spread, 5 + 2 * style.spread
    return OilSettings(
        tensor_sigma=max(6.0, 1.2 * width),
        kuwahara_radius=float(np.clip(width, 3, 12)),
        brushes=(broad, own, fine),
        correction=limits,
        lighter=0.8 + 0.5 * style.spread,
    )
