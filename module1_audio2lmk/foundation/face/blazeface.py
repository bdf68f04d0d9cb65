"""Face detector: MediaPipe's BlazeFace (Bazarevsky et al. 2019) by ONNX Runtime, for near and far faces."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from ..backends.graphs import shipped

_OVERLAP = 0.3  # intersection over union from which two boxes are of one face


class Region(NamedTuple):
    """A square of a picture: centre and side, px, and the angle by which it is turned clockwise, radians."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    def cut(self, image: np.ndarray, size: int, border: int = cv2.BORDER_REPLICATE) -> np.ndarray:
        """What of (H, W, 3) uint8 lies in it, upright, (size, size, 3)."""
        box = (self.x, self.y), (self.side, self.side), math.degrees(self.angle)
        corners = np.array([[0, size], [0, 0], [size, 0], [size, size]], np.float32)
        matrix = cv2.getPerspectiveTransform(cv2.boxPoints(box), corners)
        return cv2.warpPerspective(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)

    def place(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 2 or 3) of the region, [0, 1], as px of the picture; z keeps the scale of x."""
        sine, cosine = math.sin(self.angle), math.cos(self.angle)
        placed = points * self.side
        x, y = (points[:, :2].T - 0.5) * self.side
        placed[:, 0], placed[:, 1] = cosine * x - sine * y + self.x, sine * x + cosine * y + self.y
        return placed

    def overlap(self, other: Region) -> float:
        """Intersection over union, as if both were upright."""
        width, height = (
            min(a + self.side / 2, b + other.side / 2) - max(a - self.side / 2, b - other.side / 2)
            for a, b in ((self.x, other.x), (self.y, other.y))
        )
        common = max(0.0, width) * max(0.0, height)
        return common / (self.side**2 + other.side**2 - common)


def around(image: np.ndarray) -> Region:
    """The smallest region that covers (H, W, 3)."""
    height, width = image.shape[:2]
    return Region(width / 2, height / 2, max(width, height))


class Detection(NamedTuple):
    """A face: box (x1, y1, x2, y2), and the six points of BlazeFace (6, 2), the eyes first, px."""

    box: np.ndarray
    points: np.ndarray


class FaceDetector:
    """(H, W, 3) uint8 RGB → faces, the clearest first.

    far: the full-range network, for faces wider than about a tenth of the picture; else the short-range one,
    for those that fill a fifth. least: probability from which a box counts.
    """

    def __init__(self, far: bool, least: float) -> None:
        self._run = shipped("face_detector_full" if far else "face_detector_short")
        self._least = least
        self._side, grids = (192, ((48, 1),)) if far else (128, ((16, 2), (8, 6)))
        self._anchors = np.concatenate([_anchors(*grid) for grid in grids])

    def __call__(self, image: np.ndarray) -> list[Detection]:
        region = around(image)
        picture = region.cut(image, self._side, cv2.BORDER_CONSTANT)
        raw, odds = self._run({"picture": (picture / np.float32(127.5) - 1)[None]})
        scores = 1 / (1 + np.exp(-odds[0, :, 0].astype(np.float64).clip(-100, 100)))
        # x, y, width, height, six points: of the network's picture, and as seen from the anchors.
        values = raw[0].reshape(-1, 8, 2) / self._side
        values[:, [0, 2, 3, 4, 5, 6, 7]] += self._anchors[:, None]
        kept = (scores >= self._least) & (values[:, 1] >= 0).all(axis=1)
        corners = values[:, 0, None] + np.array([[-0.5], [0.5]], np.float32) * values[:, 1, None]
        found = np.concatenate([corners, values[:, 2:]], axis=1)[kept]
        return [_placed(points, region) for points in _merged(found, scores[kept])]


def _placed(points: np.ndarray, region: Region) -> Detection:
    placed = region.place(points)
    return Detection(placed[:2].reshape(4), placed[2:])


def _anchors(cells: int, each: int) -> np.ndarray:
    """Centres (cells² · each, 2) of the cells of a grid, [0, 1]."""
    y, x = np.mgrid[:cells, :cells]
    return np.repeat((np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells, each, axis=0).astype(
        np.float32
    )


def _merged(found: np.ndarray, scores: np.ndarray) -> list[np.ndarray]:
    """Boxes and points (N, 8, 2), each face's as the mean of all its boxes by their scores."""
    left, faces = np.argsort(-scores, kind="stable"), []
    while len(left):
        same = _overlaps(found[left[0]], found[left]) > _OVERLAP
        faces.append(np.average(found[left[same]], axis=0, weights=scores[left[same]]))
        left = left[~same]
    return faces


def _overlaps(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of a box with (N,) boxes; corners are the first two points of each."""
    low, high = np.maximum(one[0], others[:, 0]), np.minimum(one[1], others[:, 1])
    common = np.maximum(high - low, 0).prod(axis=1)
    areas = (others[:, 1] - others[:, 0]).prod(axis=1)
    return common / np.maximum((one[1] - one[0]).prod() + areas - common, 1e-12)
