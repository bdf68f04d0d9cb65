"""Own method: this project's frames, of any of its qualities."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from module2_drawing.animator import PortraitAnimator
from module2_drawing.rendering.backends import SIZE

from ..clips import Portrait
from . import Method, Studio


class Ours(Method):
    """Photo, then landmark frames, through `PortraitAnimator` with any quality and weights."""

    name = "ours"

    def __init__(self, studio: Studio, label: str = "Ours", generator_file: str | None = None) -> None:
        super().__init__(studio)
        self.label = label
        self._file = generator_file or studio.settings.generator_file

    @cached_property
    def _animator(self) -> PortraitAnimator:
        settings = self.studio.settings
        return PortraitAnimator(
            settings.style,
            settings.checkpoints_dir,
            self.studio.device,
            self._file,
            size=SIZE,
            quality=settings.quality,
        )

    def frames(self, portrait: Portrait, asked: np.ndarray) -> Iterator[np.ndarray]:
        self._animator.prepare(portrait.face)
        yield from self._animator.frames(asked)

    def weights(self) -> list[Path]:
        return self._animator.weights

    def describe(self) -> dict[str, Any]:
        # Weights count by their content, not by the file that the first line names.
        quality = {} if self._file else {"quality": self.studio.settings.quality}
        return {"parts": self._animator.descriptions[1:]} | quality
