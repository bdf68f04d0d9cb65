"""Brush strokes: curved ribbons that follow a field of directions, laid on a fixed seeded lattice.

The lattice does not move with the photo, the ribbons are placed to 1/16 px and their widths change gradually:
a small change of the photo changes the painting little. After Hertzmann, "Painterly Rendering with Curved
Brush Strokes of Multiple Sizes" (1998).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .line_drawing import sample

_SUBPIXEL_BITS = 4
_STEPS = 3
_TAPER = np.array([0.35, 0.85, 1.0, 1.0, 1.0, 0.8, 0.25], np.float32)


@dataclass(frozen=True)
class Lattice:
    """Where the strokes of one layer start, in the order they are painted.

    centres: (S, 2) px (x, y); dice: (S, 4) uniform in [0, 1), each stroke's own.
    """

    centres: np.ndarray
    dice: np.ndarray


def lattice(shape: tuple[int, ...], spacing: float, seed: int) -> Lattice:
    """One stroke per cell of `spacing` px, jittered within it, in random order; fixed by the arguments."""
    generator = np.random.default_rng(seed)
    rows, columns = (int(np.ceil(side / spacing)) for side in shape[:2])
    cells = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
    centres = (cells + generator.random(cells.shape)) * spacing
    order = generator.permutation(len(cells))
    return Lattice(centres[order].astype(np.float32), generator.random((len(cells), 4)).astype(np.float32))


def read(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values (S, …) of a field (h, w[, C]) at points (S, 2) px, bilinear."""
    # In columns: remap takes no picture of more than 32767 px a side.
    pieces = np.array_split(points, len(points) // 16384 + 1)
    return np.concatenate([sample(field, piece[:, :1], piece[:, 1:])[:, 0] for piece in pieces])


def ribbons(
    centres: np.ndarray, lengths: np.ndarray, widths: np.ndarray, tangents: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Outlines (S, 14, 2) px of strokes through centres (S, 2) along the tangents; lengths, widths (S,)."""
    spine = np.concatenate(
        [_walk(centres, lengths, tangents, -1)[::-1], centres[None], _walk(centres, lengths, tangents, 1)]
    )
    ahead = np.gradient(spine, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-6)
    aside = np.stack([-ahead[..., 1], ahead[..., 0]], -1) * (0.5 * _TAPER[:, None] * widths)[..., None]
    return np.concatenate([spine + aside, (spine - aside)[::-1]]).transpose(1, 0, 2)


def _walk(
    centres: np.ndarray, lengths: np.ndarray, tangents: tuple[np.ndarray, np.ndarray], direction: int
) -> np.ndarray:
    """(3, S, 2): points reached from the centres along the tangents, one way."""
    heading = np.stack([read(t, centres) for t in tangents], -1) * direction
    point, points = centres, []
    for _ in range(_STEPS):
        point = point + heading * (lengths / (2 * _STEPS))[:, None]
        points.append(point)
        turn = np.stack([read(t, point) for t in tangents], -1)
        # A tangent has no sign of its own: go on in the direction that we came from.
        turn *= np.where((turn * heading).sum(-1, keepdims=True) < 0, -1, 1)
        heading = turn / np.maximum(np.linalg.norm(turn, axis=-1, keepdims=True), 1e-6)
    return np.stack(points)


def paint(canvas: np.ndarray, outlines: np.ndarray, colours: np.ndarray) -> None:
    """Paint the outlines (S, K, 2) px one after another onto canvas (h, w, C) uint8, in place.

    colours: (S, C), 0 … 255.
    """
    fixed = np.ascontiguousarray(np.round(outlines * (1 << _SUBPIXEL_BITS)), np.int32)
    for outline, colour in zip(fixed, colours.tolist(), strict=True):
        cv2.fillPoly(canvas, [outline], colour, cv2.LINE_AA, _SUBPIXEL_BITS)
