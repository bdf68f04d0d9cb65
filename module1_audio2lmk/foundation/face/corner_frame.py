"""Corner frame: the axes of an eye or a mouth between its corners, places in it, and the edges of lids."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class CornerFrame:
    """Axes of eye or mouth: middle (2,) of its corners, unit vectors across and down (2,), half its width."""

    middle: np.ndarray
    across: np.ndarray
    down: np.ndarray
    half: float

    @classmethod
    def of(cls, eye: np.ndarray) -> CornerFrame:
        """Of an eye's outline (6, 2)."""
        return cls.between(eye[0], eye[3])

    @classmethod
    def between(cls, left: np.ndarray, right: np.ndarray) -> CornerFrame:
        """Of two corners (2,)."""
        across = (right - left) / 2
        half = max(float(np.hypot(*across)), 1e-3)
        across = across / half
        return cls((left + right) / 2, across, np.array([-across[1], across[0]]), half)

    def local(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points (..., 2) → along in half-widths from the middle, down in px; (...) each."""
        seen = points - self.middle
        return seen @ self.across / self.half, seen @ self.down

    def points(self, along: np.ndarray, down: np.ndarray) -> np.ndarray:
        """What `local` takes apart: (..., 2) px."""
        return self.middle + (self.half * along)[..., None] * self.across + down[..., None] * self.down

    def grid(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """`local` of all pixels of a picture (h, w, …), float32."""
        x, y = np.arange(shape[1]) - self.middle[0], np.arange(shape[0])[:, None] - self.middle[1]
        (right, below), (left, down) = self.across / self.half, self.down
        return (x * right + y * below).astype(np.float32), (x * left + y * down).astype(np.float32)

    def shifted(self, place: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """A map (h, w, 2) of where pixels come from, after a move by `shift` (h, w) px down."""
        rows, columns = np.indices(shift.shape, np.float32)
        x, y = columns - shift * self.down[0], rows - shift * self.down[1]
        x, y = x.astype(np.float32), y.astype(np.float32)
        return cv2.remap(place, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def edge(self, eye: np.ndarray, upper: bool, along: np.ndarray) -> np.ndarray:
        """px that an eye's lid, outline (6, 2), lies below the line of the corners, at places `along`."""
        places, heights = self.local(eye[[0, 1, 2, 3]] if upper else eye[[0, 5, 4, 3]])
        return _through(places, heights, along)


def _through(places: np.ndarray, heights: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The cubic through four points, heights of which the outer two are 0, level beyond these."""
    inner = places[1:3].clip(-0.9, 0.9)
    if inner[1] - inner[0] < 0.05:  # lids seen from the side
        inner = np.array([-1 / 3, 1 / 3])
    bump = heights[1:3] / (1 - inner**2)
    slope = (bump[1] - bump[0]) / (inner[1] - inner[0])
    clipped = along.clip(-1, 1)
    return (1 - clipped**2) * (bump[0] + slope * (clipped - inner[0]))
