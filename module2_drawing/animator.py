"""PortraitAnimator: one photo, any number of landmark frames, drawing frames as a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import torch

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.device import pick_device
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace

from . import styles
from .networks import WarpGenerator
from .rendering.backends import SIZE, loaded
from .rendering.renderer import Renderer
from .rendering.settings import MOVED_DRAWING, InferenceSettings
from .util.images import to_image

#: Every file of `styles/` is a style: its name, and that of its procedural renderer.
STYLES = styles.renderers()
ORIGINS = {"published": "published weights", "default": "own default weights", "user": "weights"}


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
        generator, settings = None, MOVED_DRAWING
        drawn_by = f"the moved static drawing (no generator weights for {style})"
        found = checkpoints.find(f"generator_{style}", checkpoints_dir, generator_file)
        if found is not None:
            generator = loaded(WarpGenerator, found, self.device)
            settings = InferenceSettings.of(found.path)
            precision = str(settings.dtype(self.device)).removeprefix("torch.")
            drawn_by = f"{ORIGINS[found.origin]}, {found.path} ({precision})"
        self._renderer = Renderer(generator, settings, STYLES[style], checkpoints_dir, self.device)
        self.descriptions = [f"drawing: {drawn_by}", *self._renderer.descriptions]

    def prepare(self, face: AlignedFace) -> None:
        """Take the photo that the following frames animate."""
        self._renderer.prepare(face.image, to_frame(face.landmarks[:, :2]), face.visible)

    def frames(self, landmarks: np.ndarray) -> Iterator[np.ndarray]:
        """(T, 68, 2) px of the 512² crop → T frames (256, 256, 3) uint8 RGB, one after the other.

        Raises InputError where the landmarks have another shape or are not finite.
        """
        check_landmarks(landmarks)
        for start in range(0, len(landmarks), self.batch_size):
            drawn = self._renderer.draw(to_frame(landmarks[start : start + self.batch_size]))
            for drawing in drawn.drawing:
                yield to_image(drawing, rounded=not self._renderer.settings.published)


def to_frame(landmarks: np.ndarray) -> np.ndarray:
    """px of the 512² crop → px of the 256² frame, float32."""
    return np.ascontiguousarray(landmarks, np.float32) * np.float32(SIZE / CROP_SIZE)


def check_landmarks(landmarks: np.ndarray) -> None:
    """Raises InputError where landmarks are not (T, 68, 2) finite numbers."""
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2):
        raise InputError(f"landmarks have the shape {landmarks.shape}; give (frames, 68, 2)")
    if not np.isfinite(landmarks).all():
        raise InputError("landmarks hold numbers that are not finite; predict them anew")
