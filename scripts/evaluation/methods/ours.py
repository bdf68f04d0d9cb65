"""This project's generator."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from module1_audio2lmk.foundation import checkpoints
from module2_drawing.animator import PortraitAnimator

from ..clips import Portrait
from . import Method, Studio


class Ours(Method):
    """Photo, then landmark frames, through the warping generator; `PortraitAnimator` with any weights."""

    name = "ours"

    def __init__(self, studio: Studio, label: str = "Ours", generator_file: str | None = None) -> None:
        super().__init__(studio)
        self.label = label
        self._file = generator_file or studio.settings.generator_file

    @cached_property
    def _animator(self) -> PortraitAnimator:
        settings = self.studio.settings
        return PortraitAnimator(
            settings.style, settings.checkpoints_dir, self.studio.device, self._file, quality="best"
        )

    def frames(self, portrait: Portrait, asked: np.ndarray) -> Iterator[np.ndarray]:
        self._animator.prepare(portrait.face)
        yield from self._animator.frames(asked)

    def weights(self) -> list[Path]:
        settings = self.studio.settings
        found = checkpoints.find(f"generator_{settings.style}", settings.checkpoints_dir, self._file)
        return [found.path] if found else []

    def describe(self) -> dict[str, Any]:
        # The first line names the generator's file, which counts by its content.
        return {"parts": self._animator.descriptions[1:]}
