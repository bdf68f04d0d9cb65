"""Thin-plate spline: the smoothest flow through control points, and its values on a lattice of nodes."""

from functools import cache

import cv2
import numpy as np

UNIT = 256  # px of a frame's side that landmarks are measured in
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
        x, y = (
            _scaled(axis)[:, None] - places
            for axis, places in zip((across, down), self._points.T, strict=True)
        )
        kernel = np.empty((len(down), *x.shape), np.float32)
        _doubled_thin_plate(np.add((y * y)[:, None], x * x, out=kernel))
        bent = (kernel.reshape(-1, kernel.shape[2]) @ self._half_weights).reshape(*kernel.shape[:2], 2)
        to_right, to_below, constant = self._affine
        return (
            bent
            + _scaled(across)[:, None] * to_right
            + (_scaled(down)[:, None] * to_below + constant)[:, None]
        )


def sampled(spline: Spline, window: tuple[int, int, int, int], step: int) -> np.ndarray:
    """The spline's flow in a window (left, top, right, bottom), from nodes `step` px apart: (h, w, 2) px."""
    left, top, right, bottom = window
    nodes = spline.flow(_nodes(left, right, step), _nodes(top, bottom, step))
    rows, columns = _basis(bottom - top, step), _basis(right - left, step)
    return cv2.merge([rows @ plane @ columns.T for plane in nodes.transpose(2, 0, 1).copy()])


def _nodes(low: int, high: int, step: int) -> np.ndarray:
    """Places along an axis: from one step before a window to two after it."""
    return np.arange(low - step, high + 2 * step, step, dtype=np.float32)


@cache
def _basis(length: int, step: int) -> np.ndarray:
    """How each pixel's value is made of nodes', (length, nodes) float32; Catmull–Rom of the nearest four,
    exact for quadratic motion."""
    first, part = np.divmod(np.arange(length), step)
    t = part / step
    weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
    basis = np.zeros((length, length // step + 3), np.float32)
    np.put_along_axis(basis, first[:, None] + np.arange(4), np.stack(weights, 1) / 2, 1)
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


def _doubled_thin_plate(squared: np.ndarray) -> np.ndarray:
    """2 φ(r) = r² ln r², of r² (…, K), which it is written over. OpenCV's logarithm takes a fourth of NumPy's
    time."""
    np.maximum(squared, 1e-15, out=squared)
    lines = squared.reshape(-1, squared.shape[-1])
    lines *= cv2.log(lines)
    return squared
