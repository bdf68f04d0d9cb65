"""Frame by frame: the clip itself, drawn; the upper end for lips, and what no coherence does to lines."""

from collections.abc import Iterator

import numpy as np

from ..clips import Clip
from . import Method


class PerFrame(Method):
    """Every frame of the clip drawn by itself."""

    name = "per_frame"
    label = "Clip, drawn per frame"
    sees_clip = True
    asked = "clip"

    def frames(self, clip: Clip, asked: np.ndarray) -> Iterator[np.ndarray]:
        yield from map(self.studio.draw, clip.faces())
