"""Anisotropic Kuwahara filter: flat dabs of colour that lie along the edges and never across them.

Kyprianidis, Kang and Döllner, "Image and Video Abstraction by Anisotropic Kuwahara Filtering" (2009), with
the polynomial sector weights of Kyprianidis, Semmo, Kang and Döllner (2010).
"""

import cv2
import numpy as np

from .line_drawing import pixel_grid

_SECTORS = 8
_ROWS_AT_ONCE = 64


def anisotropic_kuwahara(
    image: np.ndarray, tangents: tuple[np.ndarray, np.ndarray], anisotropy: np.ndarray, radius: float
) -> np.ndarray:
    """(h, w, 3) float32 → the same, simplified.

    tangents: unit vectors (tx, ty) along the edges, anisotropy: 0 … 1, (h, w) each; radius: px, of the round
    neighbourhood, which becomes up to twice as long and half as wide as the anisotropy grows.
    """
    points, weights = _disc()
    x, y = pixel_grid(image.shape)
    along, across = radius * (1 + anisotropy), radius / (1 + anisotropy)
    tx, ty = tangents
    result = np.empty_like(image)
    for top in range(0, len(image), _ROWS_AT_ONCE):
        rows = slice(top, top + _ROWS_AT_ONCE)
        ax, ay = along[rows] * tx[rows], along[rows] * ty[rows]
        bx, by = -across[rows] * ty[rows], across[rows] * tx[rows]
        samples = np.stack(
            [
                cv2.remap(
                    image,
                    x[rows] + u * ax + v * bx,
                    y[rows] + u * ay + v * by,
                    cv2.INTER_LINEAR,
                    borderMode=cv2.BORDER_REFLECT,
                )
                for u, v in points
            ]
        )
        result[rows] = _blend_sectors(samples, weights)
    return result


def _blend_sectors(samples: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """samples (N, r, w, 3), weights (8, N) that sum to 1 → (r, w, 3): the calm sectors' means."""
    count, shape = len(samples), samples.shape[1:]
    means = (weights @ samples.reshape(count, -1)).reshape(_SECTORS, *shape)
    squares = np.einsum("nrwc,nrwc->nrw", samples, samples).reshape(count, -1)
    variance = (weights @ squares).reshape(_SECTORS, *shape[:2]) - np.einsum("srwc,srwc->srw", means, means)
    # s = 1 / (1 + (255 σ²)^(q/2)), q = 8
    trust = 1 / (1 + np.square(np.square(np.maximum(variance, 0) * np.float32(255))))
    trust /= trust.sum(0)
    return np.einsum("srw,srwc->rwc", trust, means)


def _disc() -> tuple[list[tuple[np.float32, np.float32]], np.ndarray]:
    """Sample points of the unit disc and, for each of the eight sectors, their weights (8, N)."""
    rings = [(0.0, 1), (0.3, 8), (0.62, 12), (0.95, 16)]
    points = np.array(
        [(r * np.cos(2 * np.pi * i / n), r * np.sin(2 * np.pi * i / n)) for r, n in rings for i in range(n)]
    )
    falloff = np.exp(-2.0 * (points**2).sum(1))
    weights = np.empty((_SECTORS, len(points)))
    for sector in range(_SECTORS):
        angle = 2 * np.pi * sector / _SECTORS
        u = points @ (np.cos(angle), np.sin(angle))
        v = points @ (-np.sin(angle), np.cos(angle))
        weights[sector] = np.maximum(u + 0.33 - 3.0 * v**2, 0) ** 2 * falloff
    weights /= weights.sum(1, keepdims=True)
    return [tuple(point) for point in points.astype(np.float32)], weights.astype(np.float32)
