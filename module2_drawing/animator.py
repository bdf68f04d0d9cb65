"""PortraitAnimator: one photo, any number of landmark frames, drawing frames as a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.device import pick_device
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace

from . import styles
from .rendering.prepare import to_frame
from .rendering.renderers import GeneratorRenderer, MovedDrawingRenderer, Renderer
from .util.images import to_image


@dataclass(frozen=True)
class Style:
    """A drawing style: the key of its generator's weights and its procedural renderer."""

    generator: str
    renderer: str


#: Every file of `styles/` is a style.
STYLES = {name: Style(f"generator_{name}", renderer) for name, renderer in styles.renderers().items()}


class PortraitAnimator:
    """Landmark frames → drawing frames of one photo.

    What depends on the photo alone is computed once, by `prepare`.

    style: a key of STYLES, or the name of its renderer; a style whose generator has no weights is drawn by
    moving its static drawing. generator_file: weights to use instead of those found in `checkpoints_dir`.
    batch_size: frames that are drawn together. descriptions: a line each on the weights and backends in use.
    Raises InputError where a file is missing or does not fit.
    """

    def __init__(
        self,
        style: str = "drawing",
        checkpoints_dir: str | os.PathLike[str] = "checkpoints",
        device: str | torch.device = "auto",
        generator_file: str | os.PathLike[str] | None = None,
        batch_size: int = 4,
    ) -> None:
        style = styles.public_name(style)
        if style not in STYLES:
            raise InputError(f"unknown style {style!r}; choose one of {', '.join(STYLES)}")
        self.device = device if isinstance(device, torch.device) else pick_device(device)
        self.batch_size = batch_size
        renderer = STYLES[style].renderer
        found = checkpoints.find(STYLES[style].generator, checkpoints_dir, generator_file)
        self._renderer: Renderer
        if found is None:
            self._renderer = MovedDrawingRenderer(style, renderer, checkpoints_dir, self.device)
        else:
            self._renderer = GeneratorRenderer(found, renderer, checkpoints_dir, self.device)
        self.descriptions = self._renderer.descriptions
        self._prepared = False

    def prepare(self, face: AlignedFace) -> None:
        """Take the photo that the following frames animate."""
        self._renderer.prepare(face)
        self._prepared = True

    def frames(self, landmarks: np.ndarray) -> Iterator[np.ndarray]:
        """(T, 68, 2) px of the 512² crop → T frames (256, 256, 3) uint8 RGB, one after the other.

        Raises InputError where the landmarks have another shape or are not finite.
        """
        if not self._prepared:
            raise RuntimeError("prepare() a face before asking for frames")
        check_landmarks(landmarks)
        for start in range(0, len(landmarks), self.batch_size):
            for drawing in self._renderer.draw(to_frame(landmarks[start : start + self.batch_size])):
                yield to_image(drawing, self._renderer.rounded)


def check_landmarks(landmarks: np.ndarray) -> None:
    """Raises InputError where landmarks are not (T, 68, 2) finite numbers."""
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2):
        raise InputError(f"landmarks have the shape {landmarks.shape}; give (frames, 68, 2)")
    if not np.isfinite(landmarks).all():
        raise InputError("landmarks hold numbers that are not finite; predict them anew")
