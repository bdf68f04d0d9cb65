"""Oil painting: three layers of brush strokes over a Kuwahara under-painting, lit from the upper left.

Strokes follow the edges, and a slow swirl where there are none; the finer brushes paint where there is
detail, and what strokes got wrong is corrected from the under-painting. The relief is the strokes' thickness,
the bristles' grooves (line integral convolution of noise, Cabral and Leedom 1993) and the canvas's weave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from . import _fields as fields
from ._areas import details
from ._colour import BLACK, WHITE, soft_steps, to_rgb, to_tab
from ._frame import calm, finish, scaled, working_copy
from ._kuwahara import anisotropic_kuwahara
from ._strokes import lattice, paint, read, ribbons
from .line_drawing import smooth_along

CHANNELS = 3
_SEED = 100
#: Detail, as the mean of the gradient's size over the tensor's window, that counts as full.
_FULL_DETAIL = 0.25
_BYTE_ZERO = np.array([BLACK, -128, -128], np.float32)
_BYTE_SCALE = np.array([255 / (WHITE - BLACK), 1, 1], np.float32)


@dataclass(frozen=True)
class Brush:
    """One layer of strokes; px of 512².

    detail: how much of it (0 … 1) there has to be for a stroke of full size;
    colour_spread: by how much (T, a, b) differ from stroke to stroke.
    """

    spacing: float
    length: float
    width: float
    detail: float
    colour_spread: float


@dataclass(frozen=True)
class OilSettings:
    """The recipe's numbers; lengths in px of 512², tones in T."""

    tensor_sigma: float = 12.0
    kuwahara_radius: float = 11.0
    plane: float = 9.0
    planes: float = 0.7
    brushes: tuple[Brush, ...] = (
        Brush(12, 72, 24, 0.0, 3.6),
        Brush(8, 44, 14, 0.1, 3.4),
        Brush(5, 24, 6, 0.3, 2.6),
    )
    correction: tuple[float, float] = (10.0, 22.0)
    lighter: float = 4.0
    saturation: float = 1.12
    bristle_sigma: float = 9.0
    relief: float = 3.2

    def at(self, scale: float) -> OilSettings:
        """With lengths for px of which so many are one of 512."""
        brushes = tuple(scaled(brush, ("spacing", "length", "width"), scale) for brush in self.brushes)
        lengths = scaled(self, ("tensor_sigma", "kuwahara_radius", "bristle_sigma"), scale)
        return replace(lengths, brushes=brushes)


@dataclass(frozen=True)
class FlowField:
    """Directions of the brush, (h, w) each: unit tangents, anisotropy 0 … 1, detail 0 … 1."""

    tangents: tuple[np.ndarray, np.ndarray]
    anisotropy: np.ndarray
    detail: np.ndarray


def render(image: np.ndarray, unit: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 RGB photo → (H, W, 3) uint8 RGB oil painting; deterministic.

    unit: px of the image that a square picture of a face is drawn as, where it shows more.
    """
    photo, scale = working_copy(image, unit)
    settings = OilSettings().at(scale)
    field = flow_field(photo, settings.tensor_sigma, scale)
    ground = under_painting(photo, field, settings, scale)
    painting, thickness = lay_strokes(ground, field, settings.brushes)
    painting = corrected(painting, ground, settings, scale)
    painting[..., 1:] *= settings.saturation
    # Light in tones: as visible on dark skin as on light.
    painting[..., 0] += settings.relief * lit_relief(thickness, field, settings.bristle_sigma, scale)
    return finish(to_rgb(painting), image.shape)


def flow_field(photo: np.ndarray, sigma: float, scale: float = 1.0) -> FlowField:
    """(h, w, 3) uint8 RGB → the smoothed structure tensor's directions, steadied by a swirl."""
    tone = to_tab(cv2.GaussianBlur(photo, (0, 0), 1.0 * scale))[..., 0] * (scale / 100)
    gx, gy = cv2.Sobel(tone, cv2.CV_32F, 1, 0), cv2.Sobel(tone, cv2.CV_32F, 0, 1)
    xx, xy, yy = (cv2.GaussianBlur(product, (0, 0), sigma) for product in (gx * gx, gx * gy, gy * gy))
    detail = np.clip(np.sqrt(xx + yy) / _FULL_DETAIL, 0, 1)
    swirl = 0.6 + 0.9 * fields.noise(photo.shape, 180, 41, unit=scale)
    strength = np.float32(5e-3)
    xx, yy = xx + strength * np.sin(swirl) ** 2, yy + strength * np.cos(swirl) ** 2
    xy = xy - strength * np.sin(swirl) * np.cos(swirl)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    anisotropy = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (xx + yy)
    return FlowField((-np.sin(angle), np.cos(angle)), np.clip(anisotropy, 0, 1), detail)


def under_painting(
    photo: np.ndarray, field: FlowField, settings: OilSettings, scale: float = 1.0
) -> np.ndarray:
    """(h, w, 3) uint8 RGB → (h, w, 3) (T, a, b): dabs along the flow, in planes of tone, details kept."""
    dabs = to_tab(
        anisotropic_kuwahara(
            photo.astype(np.float32) / 255, field.tangents, field.anisotropy, settings.kuwahara_radius
        )
    )
    fine = details(to_tab(calm(photo, 5, 15, 2, scale)), dabs, 5.0 * scale)
    tone = cv2.GaussianBlur(dabs[..., 0], (0, 0), 3.0 * scale)
    dabs[..., 0] += settings.planes * (soft_steps(tone, settings.plane, 0.5) - tone)
    return dabs + 1.4 * fine


def lay_strokes(
    ground: np.ndarray, field: FlowField, brushes: tuple[Brush, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """(h, w, 3) (T, a, b) → the painted (h, w, 3) (T, a, b) and the paint's thickness (h, w), −1 … 1."""
    canvas = np.dstack([_to_bytes(ground), np.full(ground.shape[:2], 128, np.uint8)])
    for layer, brush in enumerate(brushes):
        strokes = lattice(ground.shape, brush.spacing, _SEED + layer)
        missing = brush.detail - read(field.detail, strokes.centres)
        size = np.clip(1 - missing / 0.15, 0, 1)
        kept = size > 0.05
        if not kept.any():
            continue
        centres, dice, size = strokes.centres[kept], strokes.dice[kept], size[kept]
        lengths = brush.length * size * (0.7 + 0.6 * dice[:, 2])
        widths = brush.width * size * (0.8 + 0.4 * dice[:, 1])
        spread = brush.colour_spread * np.array([1.2, 1.0, 1.0], np.float32)
        colours = _to_bytes(read(ground, centres) + (dice[:, :3] - 0.5) * spread)
        thickness = 255 * dice[:, 3:]
        paint(canvas, ribbons(centres, lengths, widths, field.tangents), np.hstack([colours, thickness]))
    return _from_bytes(canvas[..., :3]), canvas[..., 3].astype(np.float32) / 127.5 - 1


def corrected(
    painting: np.ndarray, ground: np.ndarray, settings: OilSettings, scale: float = 1.0
) -> np.ndarray:
    """(h, w, 3) (T, a, b): the painting where it errs by less than the lower limit, else the ground.

    A stroke hardly gets lighter than what it lies on: the highlight of a nose, carried on to the cheek, would
    be a blotch.
    """
    limited, (low, high) = painting.copy(), settings.correction
    more = painting[..., 0] - ground[..., 0]
    lightened = settings.lighter * np.tanh(np.maximum(more, 0) / settings.lighter)
    limited[..., 0] = ground[..., 0] + np.minimum(more, lightened)
    error = np.abs(limited - ground).max(axis=2)
    share = cv2.GaussianBlur(np.clip((error - low) / (high - low), 0, 1), (0, 0), 0.8 * scale)
    return limited + (ground - limited) * share[..., None]


def lit_relief(
    thickness: np.ndarray, field: FlowField, bristle_sigma: float, scale: float = 1.0
) -> np.ndarray:
    """(h, w), −1 … 1: light from the upper left on strokes, bristles and canvas."""
    shape = thickness.shape
    bristles = smooth_along(fields.noise(shape, 3.0, 31, unit=scale), field.tangents, bristle_sigma)
    height = (
        cv2.GaussianBlur(thickness, (0, 0), 1.2 * scale) + 0.6 * bristles + 0.12 * fields.canvas(shape, scale)
    )
    behind = np.array([[1, 0, 1.2 * scale], [0, 1, 1.2 * scale]], np.float32)
    shifted = cv2.warpAffine(height, behind, shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.tanh(height - shifted)


def _to_bytes(tab: np.ndarray) -> np.ndarray:
    return np.clip((tab - _BYTE_ZERO) * _BYTE_SCALE + 0.5, 0, 255).astype(np.uint8)


def _from_bytes(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32) / _BYTE_SCALE + _BYTE_ZERO
