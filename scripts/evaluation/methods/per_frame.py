"""The real film, drawn frame by frame: the upper end for lips, and what no coherence does to lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..films import Film
from . import Method, describe_part


class PerFrame(Method):
    """Every frame of the film drawn by itself."""

    name = "per_frame"
    label = "Film, drawn per frame"
    sees_film = True
    asked = "film"

    def frames(self, film: Film, asked: np.ndarray) -> Iterator[np.ndarray]:
        for crop in film.crops():
            yield self.studio.draw(crop)

    def describe(self) -> dict[str, Any]:
        return {"static": describe_part(self.studio)}
