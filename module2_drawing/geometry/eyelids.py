"""Eyelids: how far each eye of a target is shut, the open eyes that lie under the lids, and the lids' edges.

A spline that takes lids with it also takes what is near them: brows, rims of glasses. So what moves by it are
eyes as open as in the photo, and lids are laid over them. Landmarks are in px of 256, x right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.geometry import LEFT_EYE, LOWER_LIDS, RIGHT_EYE, UPPER_LIDS

UPPER_SHARE = 0.75  # of the way that lids go to meet, that of the upper one: as of blinks
EYES = (RIGHT_EYE, LEFT_EYE)  # each: outer or inner corner, upper lid, other corner, lower lid backwards
REACH = 1.12  # half-widths of the eye that lids reach to from its middle: lashes end beyond the corner


def opened(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The target (68, 2) with eyes at least as open as in the source; a copy."""
    upper, lower = list(UPPER_LIDS), list(LOWER_LIDS)
    opening = source[lower] - source[upper]
    width = np.linalg.norm(opening, axis=1, keepdims=True).clip(1e-6)
    apart = opening / width @ _turn(source, target)
    missing = (width - ((target[lower] - target[upper]) * apart).sum(1, keepdims=True)).clip(0) * apart
    moved = target.copy()
    moved[upper] -= UPPER_SHARE * missing
    moved[lower] += (1 - UPPER_SHARE) * missing
    return moved


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
        rows, columns = np.indices(shape[:2], np.float32)
        along, down = self.local(np.dstack((columns, rows)))
        return along.astype(np.float32), down.astype(np.float32)

    def shifted(self, place: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """A map (h, w, 2) of where pixels come from, after a move by `shift` (h, w) px down."""
        rows, columns = np.indices(shift.shape, np.float32)
        x, y = columns - shift * self.down[0], rows - shift * self.down[1]
        return cv2.remap(
            place,
            x.astype(np.float32),
            y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def edge(self, eye: np.ndarray, upper: bool, along: np.ndarray) -> np.ndarray:
        """px that an eye's lid, outline (6, 2), lies below the line of the corners, at places `along`."""
        places, heights = self.local(eye[[0, 1, 2, 3]] if upper else eye[[0, 5, 4, 3]])
        return _through(places, heights, along)


def _turn(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(2, 2) that turns row vectors as the line of the eyes' outer corners turns."""
    axes = []
    for landmarks in (source, target):
        x, y = landmarks[LEFT_EYE[3]] - landmarks[RIGHT_EYE[0]]
        axes.append(np.array([[x, y], [-y, x]]) / max(float(np.hypot(x, y)), 1e-6))
    return axes[0].T @ axes[1]


def _through(places: np.ndarray, heights: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The cubic through four points, heights of which the outer two are 0, level beyond these."""
    inner = places[1:3].clip(-0.9, 0.9)
    if inner[1] - inner[0] < 0.05:  # lids seen from the side
        inner = np.array([-1 / 3, 1 / 3])
    bump = heights[1:3] / (1 - inner**2)
    slope = (bump[1] - bump[0]) / (inner[1] - inner[0])
    clipped = along.clip(-1, 1)
    return (1 - clipped**2) * (bump[0] + slope * (clipped - inner[0]))
