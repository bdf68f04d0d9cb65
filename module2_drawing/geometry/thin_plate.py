"""Thin-plate spline: the smoothest flow through control points, and its values on a lattice of nodes."""

from functools import cache

import cv2
import numpy as np

UNIT = 256  # px of a frame's side that landmarks are measured in
ROWS = 8  # of nodes that are worked out at once: few enough for the processor's cache
MERGE_DISTANCE = 0.25  # px under which two control points count as one: their spline would fold


class Spline:
    """Thin-plate spline through target → source, both (K, 2) px: f(p) = p + A p + b + Σ w φ(|p − target|)."""

    def __init__(self, source: np.ndarray, target: np.ndarray) -> None:
        keep = _distinct(target)
        points = target[keep] / (UNIT - 1) - 0.5
        count = len(points)
        system = np.zeros((count + 3, count + 3))
        system[:count, :count] = 0.5 * _doubled_thin_plate(_squared_distances(points))
        system[:count, count:] = np.concatenate((points, np.ones((count, 1))), 1)
        system[count:, :count] = system[:count, count:].T
        values = np.concatenate((source[keep] - target[keep], np.zeros((3, 2))))
        solution = np.linalg.solve(system, values)
        self._points = points.astype(np.float32)
        self._half_weights = solution[:count].astype(np.float32) * np.float32(0.5)
        self._affine = solution[count:].astype(np.float32)

    def flow(self, across: np.ndarray, down: np.ndarray) -> np.ndarray:
        """The flow at nodes, given by their x and by their y: (down, across, 2) float32 px."""
        nodes = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)
        x, y = (
            _scaled(axis)[:, None] - places
            for axis, places in zip((across, down), self._points.T, strict=True)
        )
        across_squared, down_squared = x * x, (y * y)[:, None]
        kernel = np.empty((len(down), *x.shape), np.float32)
        for row in range(0, len(down), ROWS):
            rows = slice(row, row + ROWS)
            _doubled_thin_plate(down_squared[rows] + across_squared, kernel[rows])
        bent = kernel.reshape(len(nodes), -1) @ self._half_weights
        found = nodes + bent + _scaled(nodes) @ self._affine[:2] + self._affine[2]
        return (found - nodes).reshape(len(down), len(across), 2)


def sampled(spline: Spline, window: tuple[int, int, int, int], step: int) -> np.ndarray:
    """The spline's flow in a window (left, top, right, bottom), from nodes `step` px apart: (h, w, 2) px."""
    left, top, right, bottom = window
    nodes = spline.flow(_nodes(left, right, step), _nodes(top, bottom, step))
    first, weights = _neighbours(bottom - top, step)
    columns, planes = _basis(right - left, step), []
    for plane in nodes.transpose(2, 0, 1).copy():
        lines = sum(weights[:, k, None] * plane[first + k] for k in range(4))
        planes.append(lines @ columns.T)
    return cv2.merge(planes)


def _nodes(low: int, high: int, step: int) -> np.ndarray:
    """Places along an axis: from one step before a window to two after it."""
    return np.arange(low - step, high + 2 * step, step, dtype=np.float32)


@cache
def _neighbours(length: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel's first of four nodes, (length,), and their weights, (length, 4) float32; Catmull–Rom, exact
    for quadratic motion."""
    first, part = np.divmod(np.arange(length), step)
    t = part / step
    weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
    return first, (np.stack(weights, 1) / 2).astype(np.float32)


@cache
def _basis(length: int, step: int) -> np.ndarray:
    """`_neighbours` as a matrix, (length, nodes) float32."""
    first, weights = _neighbours(length, step)
    basis = np.zeros((length, length // step + 3), np.float32)
    np.put_along_axis(basis, first[:, None] + np.arange(4), weights, 1)
    return basis


def _distinct(points: np.ndarray) -> np.ndarray:
    """Which points to keep, (K,) bool: of those that (almost) coincide the first."""
    close = _squared_distances(points) < MERGE_DISTANCE**2
    return ~(close & np.tri(len(close), k=-1, dtype=bool)).any(1)


def _squared_distances(points: np.ndarray) -> np.ndarray:
    """Between all of (K, 2) points: (K, K)."""
    x, y = (axis[:, None] - axis for axis in points.T)
    return x * x + y * y


def _scaled(places: np.ndarray) -> np.ndarray:
    """px of 256 → the spline's own unit, float32."""
    return places * np.float32(1 / (UNIT - 1)) - np.float32(0.5)


def _doubled_thin_plate(squared: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """2 φ(r) = r² ln r², of r²."""
    np.maximum(squared, 1e-15, out=squared)
    bent = np.log(squared, out=out)
    bent *= squared
    return bent
