"""Inked line drawing: flow-based difference of Gaussians on an illumination-flattened face.

Kang, Lee and Chui, "Coherent Line Drawing" (NPAR 2007) and Winnemöller, Kyprianidis and Olsen,
"XDoG" (2012). Dividing the lightness by its own blur removes skin tone and lighting, so that all
faces get the same ink.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ._grain import without_noise

CHANNELS = 1
FILLS = True
OUTLINE = 1.0, 1.0  # width and darkness of silhouettes that are added, as shares
WORKING_SIZE = 512
LARGEST = 1024  # px that lines are found at: beyond, a photo has no more of them, and they cost seconds
LARGEST_WORKING = 3072  # px of the longer side of a picture that shows more than a face
BAND = 32  # rows that are worked on together: what they need stays in the cache of the processor
VEIL_ENDS = (0.5, 99.5)  # percentiles of the lightness, 0 … 255, of the darkest and the lightest places
DARKEST, LIGHTEST = 18.0, 225.0  # the lightness that these have in a photo without a veil
LARGEST_VEIL, LARGEST_GAIN = 120.0, 3.0
FAINT, CRISP = 0.47, 4.0  # darkness, 0 … 1, that becomes the edge of ink, and how steep that is
EDGE, CLOSE = 1.2, 3.0  # px of 512², within which ink keeps its soft edges, and how steeply they end
BLACK, SCRAP = 0.75, 12.0  # darkness of ink beyond doubt, and px² of 512² of it below which all of it goes


@dataclass(frozen=True)
class LineDrawingSettings:
    """The recipe's numbers; lengths in px of a working image of 512²."""

    flatten_sigma: float = 18.0
    ratio_range: tuple[float, float] = (0.35, 1.25)
    tensor_sigma: float = 3.0
    line_sigma: float = 1.0
    surround_ratio: float = 1.6
    sharpness: float = 12.0
    threshold: float = 0.55
    slope: float = 6.0
    flow_sigma: float = 5.0
    smooth_diameter: float = 7.0
    smooth_sigma: float = 5.0
    passes: int = 2

    def at(self, size: int) -> LineDrawingSettings:
        """With lengths in px of a working image of size²: the same lines, relative to the picture."""
        lengths = (
            "flatten_sigma",
            "tensor_sigma",
            "line_sigma",
            "flow_sigma",
            "smooth_diameter",
            "smooth_sigma",
        )
        return replace(self, **{name: getattr(self, name) * size / WORKING_SIZE for name in lengths})


def render(image: np.ndarray, unit: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 RGB photo → (H, W) uint8 drawing, 0 ink … 255 paper; deterministic.

    unit: px of the image that a square picture of a face is drawn as, where it shows more.
    """
    return at_working_size(image, _ink, unit)


def _ink(photo: np.ndarray, size: int) -> np.ndarray:
    """(h, w, 3) uint8 RGB → (h, w) in [0, 1], 1 is paper; lengths as in a picture of `size` px."""
    scaled = LineDrawingSettings().at(size)
    return without_smudges(flow_dog(flatten_lightness(photo, scaled), scaled), size / WORKING_SIZE)


def without_smudges(paper: np.ndarray, unit: float) -> np.ndarray:
    """(h, w) in [0, 1], 1 is paper → the same without scraps and shades of grey.

    Pale shading is grey, weak evidence for a line. Lines end in a point instead, and what never gets black
    goes; edges stay as soft as they are. unit: px of the drawing that one of 512² is.
    """
    ink = np.clip((1 - paper - FAINT) * CRISP + 0.5, 0, 1)
    _, parts = cv2.connectedComponents((ink > 0).astype(np.uint8), connectivity=8)
    black = np.bincount(parts[paper < 1 - BLACK], minlength=parts.max() + 1) / np.float32(unit * unit)
    stays = np.clip((black - SCRAP) / SCRAP, 0, 1).astype(np.float32)
    near = cv2.GaussianBlur(ink * stays[parts], (0, 0), EDGE * unit)
    return 1 - (1 - paper) * np.minimum(CLOSE * near, 1)


def at_working_size(
    image: np.ndarray, draw: Callable[[np.ndarray, int], np.ndarray], unit: int | None = None
) -> np.ndarray:
    """(H, W, 3) uint8 RGB → (H, W) uint8, by `draw`: (h, w, 3) uint8 and S → (h, w) in [0, 1], 1 is paper.

    Lengths are as in a picture of S px. S is 512 or, for larger photos, up to 1024, where lines are as wide
    relative to the picture and have cleaner edges. The picture is made a square of S px; with `unit`, px of
    the image that a square picture of a face is drawn as, it is scaled so that these are S px.
    """
    height, width = image.shape[:2]
    working = int(np.clip(unit or max(height, width), WORKING_SIZE, LARGEST))
    size, scale = (working, working), working / max(height, width)
    if unit is not None:
        scale = min(working / unit, LARGEST_WORKING / max(height, width))
        size, working = (round(scale * width), round(scale * height)), round(scale * unit)
    if (width, height) != size:
        kind = cv2.INTER_AREA if scale < 1 and unit is not None else cv2.INTER_CUBIC
        image = cv2.resize(image, size, interpolation=kind)
    drawing = np.clip(draw(image, working) * 255 + 0.5, 0, 255).astype(np.uint8)
    if (width, height) != size:
        kind = cv2.INTER_CUBIC if scale < 1 else cv2.INTER_AREA
        drawing = cv2.resize(drawing, (width, height), interpolation=kind)
    return drawing


def flatten_lightness(image: np.ndarray, settings: LineDrawingSettings) -> np.ndarray:
    """(H, W, 3) uint8 RGB → (H, W) float32 in [0, 1]: lightness relative to its surroundings."""
    lightness = without_haze(cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[..., 0])
    diameter = 2 * round((settings.smooth_diameter - 1) / 2) + 1
    smooth = cv2.bilateralFilter(lightness, diameter, 20, settings.smooth_sigma).astype(np.float32)
    smooth = without_noise(smooth, lightness, settings.flatten_sigma / LineDrawingSettings.flatten_sigma)
    surround = cv2.GaussianBlur(smooth, (0, 0), settings.flatten_sigma)
    low, high = settings.ratio_range
    ratio = smooth / np.maximum(surround, 1.0)
    return np.clip((ratio - low) / (high - low), 0, 1)


def without_haze(lightness: np.ndarray) -> np.ndarray:
    """(H, W) uint8 → the same with the contrast that haze, a faded print or a grey veil has taken.

    A veil adds the same light everywhere, so that ratios of lightness shrink. Photos that hold dark places
    have none, and stay as they are.
    """
    dark, light = np.percentile(lightness, VEIL_ENDS)
    veil = float(np.clip(dark - DARKEST, 0, LARGEST_VEIL))
    gain = float(np.clip(LIGHTEST / max(light - veil, 1.0), 1, LARGEST_GAIN))
    gain **= min(1.0, veil / DARKEST)  # a photo that is merely dark is not changed
    levels = (np.arange(256, dtype=np.float32) - veil) * gain
    return cv2.LUT(lightness, np.clip(levels + 0.5, 0, 255).astype(np.uint8))


def edge_tangents(image: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) → unit vectors (tx, ty), (H, W) each, along edges: across the structure tensor's main axis."""
    gx, gy = cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1)
    xx, xy, yy = (cv2.GaussianBlur(product, (0, 0), sigma) for product in (gx * gx, gx * gy, gy * gy))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    return -np.sin(angle), np.cos(angle)


def pixel_grid(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.indices(shape[:2], dtype=np.float32)
    return x, y


def bands(image: np.ndarray) -> list[slice]:
    """Rows of an image that are worked on together."""
    return [slice(first, first + BAND) for first in range(0, len(image), BAND)]


def sample(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def gradient_dog(
    image: np.ndarray, tangents: tuple[np.ndarray, np.ndarray], settings: LineDrawingSettings
) -> np.ndarray:
    """(1 + p)·G_σ − p·G_kσ of the image along the gradient, with normalised kernels."""
    tx, ty = tangents
    x, y = pixel_grid(image.shape)
    radius = int(np.ceil(3 * settings.surround_ratio * settings.line_sigma))
    offsets = np.arange(-radius, radius + 1)
    centre = np.exp(-0.5 * (offsets / settings.line_sigma) ** 2)
    surround = np.exp(-0.5 * (offsets / (settings.surround_ratio * settings.line_sigma)) ** 2)
    p = settings.sharpness
    kernel = (1 + p) * centre / centre.sum() - p * surround / surround.sum()
    response = np.zeros_like(image)
    for rows, (offset, weight) in itertools.product(
        bands(image), zip(offsets.astype(np.float32), kernel, strict=True)
    ):
        along = x[rows] + ty[rows] * offset, y[rows] - tx[rows] * offset
        response[rows] += np.float32(weight) * sample(image, *along)
    return response


def smooth_along(image: np.ndarray, tangents: tuple[np.ndarray, np.ndarray], sigma: float) -> np.ndarray:
    """Gaussian average of the image along the tangent field's stream lines, σ px, to 2σ both ways."""
    weights = [float(np.exp(-0.5 * (step / sigma) ** 2)) for step in range(1, int(2 * sigma) + 1)]
    total, grid = image.copy(), pixel_grid(image.shape)
    field = np.dstack((image, *tangents))  # looked up together: that is what takes the time
    for rows, direction in itertools.product(bands(image), (np.float32(1), np.float32(-1))):
        x, y, dx, dy = (one[rows] for one in (*grid, *tangents))
        dx, dy = dx * direction, dy * direction
        for weight in weights:
            x, y = x + dx, y + dy
            value, next_x, next_y = cv2.split(sample(field, x, y))
            total[rows] += np.float32(weight) * value
            # A tangent has no sign of its own: go on in the direction that we came from.
            sign = np.where(next_x * dx + next_y * dy < 0, np.float32(-1), np.float32(1))
            dx, dy = next_x * sign, next_y * sign
    return total / np.float32(sum((*weights, *weights), 1.0))


def flow_dog(image: np.ndarray, settings: LineDrawingSettings) -> np.ndarray:
    """(H, W) in [0, 1] → (H, W) in [0, 1], 1 = paper: XDoG across the edges, averaged along them."""
    for index in range(settings.passes):
        tangents = edge_tangents(image, settings.tensor_sigma)
        response = smooth_along(gradient_dog(image, tangents, settings), tangents, settings.flow_sigma)
        below = np.minimum(response - settings.threshold, 0)
        ink = (1 + np.tanh(settings.slope * below)).astype(np.float32)
        if index + 1 < settings.passes:
            # The next pass sees the lines found so far, so that they grow together.
            image = np.minimum(image, ink)
    return ink
