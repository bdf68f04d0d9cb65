"""Windows: square parts of frames, in px of any size, and the one around a face that paint lies in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..face_parts import FADE, LEFT, SIDE, TOP
from ..geometry.lattice_motion import UNIT

__all__ = ["FADE", "LEFT", "SIDE", "TOP", "WINDOW", "Window"]


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

    def scaled(self, factor: float) -> Window:
        """The same window, of whole px, in a frame that is `factor` times as large."""
        return Window(*(round(value * factor) for value in (self.left, self.top, self.side)))

    @property
    def rows(self) -> slice:
        return slice(self.top, self.top + self.side)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.left + self.side)


WINDOW = Window(LEFT, TOP, SIDE)  # of a frame of 256
