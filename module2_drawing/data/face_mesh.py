"""Face mesh as ground truth of dense motion: the same triangles in two poses."""

from functools import cache

import numpy as np
from scipy.ndimage import maximum_filter

from module1_audio2lmk.foundation.backends.graphs import OTHERS

VISIBLE, INVISIBLE, BACKGROUND = 0, 1, 2
_DEPTH_TOLERANCE = 0.02  # of the face's width: nearer than this is the same surface
_EDGE = 1e-6  # barycentric slack, so that no pixel falls between two triangles
_CLOSED = 0.3  # an opening this much smaller in the source did not show what is inside


@cache
def triangles() -> tuple[np.ndarray, np.ndarray]:
    """(T, 3) indices of the mesh's 468 points, and (T,) bool: the triangles that close eyes and mouth."""
    edges = {tuple(edge) for edge in np.loadtxt(OTHERS / "face_mesh_edges.txt", int).tolist()}
    near: dict[int, set[int]] = {}
    for a, b in edges:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    surface = sorted({tuple(sorted((a, b, c))) for a, b in edges for c in near[a] & near[b]})
    uses: dict[tuple[int, int], int] = {}
    for a, b, c in surface:
        for edge in ((a, b), (a, c), (b, c)):
            uses[edge] = uses.get(edge, 0) + 1
    rings = _rings([edge for edge, count in uses.items() if count == 1])
    # The longest ring is the outline of the face; the others are holes, closed by fans.
    rings.sort(key=len)
    holes = [(ring[0], ring[i], ring[i + 1]) for ring in rings[:-1] for i in range(1, len(ring) - 1)]
    return np.array(surface + holes), np.arange(len(surface) + len(holes)) >= len(surface)


def rasterise(points: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the mesh (468, 3) px (z small = near) on size² pixels.

    Returns the nearest triangle (size, size) or −1, its barycentric weights (size, size, 3), and the depth
    (size, size), infinite where there is nothing.
    """
    faces, _ = triangles()
    corners = points[faces]
    low = np.clip(np.floor(corners[:, :, :2].min(1)), 0, size).astype(int)
    high = np.clip(np.ceil(corners[:, :, :2].max(1)) + 1, 0, size).astype(int)
    extent = np.maximum(high - low, 0)
    owner = np.repeat(np.arange(len(faces)), extent[:, 0] * extent[:, 1])
    starts = np.cumsum(extent[:, 0] * extent[:, 1]) - extent[:, 0] * extent[:, 1]
    within = np.arange(len(owner)) - starts[owner]
    x = low[owner, 0] + within % np.maximum(extent[owner, 0], 1)
    y = low[owner, 1] + within // np.maximum(extent[owner, 0], 1)
    weights = _barycentric(corners[owner, :, :2], np.stack((x, y), 1))
    inside = (weights >= -_EDGE).all(1)
    owner, x, y, weights = owner[inside], x[inside], y[inside], weights[inside]
    depth = (weights * corners[owner, :, 2]).sum(1)
    order = np.argsort(-depth, kind="stable")  # the nearest is written last
    place = y[order] * size + x[order]
    face_map, weight_map = np.full(size * size, -1), np.zeros((size * size, 3))
    depth_map = np.full(size * size, np.inf)
    face_map[place], weight_map[place], depth_map[place] = owner[order], weights[order], depth[order]
    return face_map.reshape(size, size), weight_map.reshape(size, size, 3), depth_map.reshape(size, size)


def backward_flow(source: np.ndarray, target: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Meshes (468, 3) px → flow (2, size, size) px as x, y, and visibility (size, size).

    A pixel of the target shows what the source has at pixel + flow. Visibility: VISIBLE, INVISIBLE (turned
    away, hidden, inside a mouth or eye that is closed in the source, or outside its frame), or BACKGROUND,
    where the flow is 0.
    """
    faces, holes = triangles()
    face_map, weights, _ = rasterise(target, size)
    _, _, source_depth = rasterise(source, size)
    y, x = np.nonzero(face_map >= 0)
    face = face_map[y, x]
    place = (weights[y, x][:, :, None] * source[faces[face]]).sum(1)
    flow = np.zeros((2, size, size), np.float32)
    flow[:, y, x] = (place[:, :2] - np.stack((x, y), 1)).T
    column, row = np.round(place[:, :2]).astype(int).T
    framed = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    # The farthest of the nearest around it: a pixel on a fold is not hidden by its own neighbour.
    around = maximum_filter(np.where(np.isfinite(source_depth), source_depth, -np.inf), 3)
    nearest = around[row.clip(0, size - 1), column.clip(0, size - 1)]
    width = float(np.ptp(source[:, 0]))
    shown = framed & (place[:, 2] <= nearest + _DEPTH_TOLERANCE * width)
    opened = _area(source[faces[face]]) >= _CLOSED * _area(target[faces[face]])
    visibility = np.full((size, size), BACKGROUND)
    visibility[y, x] = np.where(shown & (opened | ~holes[face]), VISIBLE, INVISIBLE)
    return flow, visibility


def _rings(edges: list[tuple[int, int]]) -> list[list[int]]:
    """Boundary edges → closed rings of points."""
    near: dict[int, list[int]] = {}
    for a, b in edges:
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    rings = []
    while near:
        ring = [next(iter(near))]
        while following := [point for point in near[ring[-1]] if point not in ring]:
            ring.append(following[0])
        for point in ring:
            near.pop(point, None)
        rings.append(ring)
    return [ring for ring in rings if len(ring) > 3]


def _barycentric(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Triangles (N, 3, 2) and points (N, 2) → weights (N, 3); NaN for triangles without area."""
    a, u, v = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    p = points - a
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        second = (p[:, 0] * v[:, 1] - p[:, 1] * v[:, 0]) / area
        third = (u[:, 0] * p[:, 1] - u[:, 1] * p[:, 0]) / area
    return np.stack((1 - second - third, second, third), 1)


def _area(corners: np.ndarray) -> np.ndarray:
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2
