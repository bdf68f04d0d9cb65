"""Landmark detector: MediaPipe's face mesh on single frames that a face fills, drawn or filmed."""

from typing import NamedTuple

import numpy as np

from .face_mesh import FaceMesh
from .geometry import MESH_TO_68
from .search import framed_faces

# A face that lies farther off than this part of its size is another one, or none.
_FAR = 0.5


class Located(NamedTuple):
    """landmarks: (T, 68, 2) float32 px, NaN throughout where no frame shows a face; found: (T,) bool, False
    where the landmarks are those of the nearest frame in time in which a face was found."""

    landmarks: np.ndarray
    found: np.ndarray


class LandmarkDetector:
    """Frames → landmarks; every frame by itself, so that no filter hides what flickers.

    A frame is searched as a photo is, enlarged and with a border around it: as it is, MediaPipe misses six
    times as many drawn faces that fill it. The floor on procedural drawings is about 2.4 px of 256².
    """

    def __init__(self) -> None:
        self._mesh = FaceMesh(max_faces=1)

    def __call__(self, frames: np.ndarray, expected: np.ndarray) -> Located:
        """frames (T, H, W, 3) uint8 RGB; expected (T, 68, 2) px, about where the face should be."""
        points = np.full((len(frames), 68, 2), np.nan, np.float32)
        for frame, near, place in zip(frames, expected, points, strict=True):
            place[:] = self.find(frame, near)
        found = np.isfinite(points).all((1, 2))
        return Located(fill_missing(points, found), found)

    def find(self, frame: np.ndarray, near: np.ndarray) -> np.ndarray:
        """One frame (H, W, 3) → (68, 2) px, NaN where no face lies near (68, 2)."""
        meshes = framed_faces(frame, self._mesh)
        if meshes and _close(found := meshes[0][MESH_TO_68, :2], near):
            return found
        return np.full((68, 2), np.nan, np.float32)


def fill_missing(points: np.ndarray, found: np.ndarray) -> np.ndarray:
    """(T, …) with the entries where `found` (T,) is False replaced by the nearest in time."""
    where = np.flatnonzero(found)
    if not len(where):
        return points
    nearest = np.abs(np.arange(len(points))[:, None] - where[None]).argmin(1)
    return points[where[nearest]]


def _close(points: np.ndarray, near: np.ndarray) -> bool:
    size = np.ptp(near, axis=0).max()
    return float(np.linalg.norm(points.mean(0) - near.mean(0))) < _FAR * size
