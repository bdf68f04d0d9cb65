"""Windows: square parts of frames, in px of any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry.lattice_motion import UNIT


@dataclass(frozen=True)
class Window:
    """A square part of a frame, px: what lies outside of the frame is left out of `rows` and `columns`."""

    left: int
    top: int
    side: int

    @classmethod
    def around(cls, points: np.ndarray, room: float, size: int) -> Window:
        """Around points (N, 2) px of 256 and `room` px of 256 more, in a frame of `size`."""
        scale = size / UNIT
        low, high = points.min(0) - room, points.max(0) + room
        left, top = (max(0, int(np.floor(value * scale))) for value in low)
        return cls(left, top, int(np.ceil((high - low).max() * scale)))

    @property
    def rows(self) -> slice:
        return slice(self.top, self.top + self.side)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.left + self.side)
