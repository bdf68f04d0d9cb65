"""PortraitAnimator: one photo, any number of landmark frames, drawing frames as a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from module1_audio2lmk.face import CROP_SIZE, AlignedFace
from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.device import pick_device
from module1_audio2lmk.foundation.errors import InputError

from .backends import SIZE, FlowRegressor, Matte, StaticDrawing, load_generator
from .drawing import PreparedPhoto, draw_frames, prepare_photo
from .recipe import Recipe
from .util.images import resized, to_image, to_tensor

ORIGINS = {"published": "published weights", "default": "own default weights", "user": "weights"}


@dataclass(frozen=True)
class Style:
    """A drawing style: the key of its generator's weights and its procedural renderer."""

    generator: str
    renderer: str


STYLES = {
    "drawing": Style("generator_drawing", "line_drawing"),
    "cartoon": Style("generator_cartoon", "cartoon"),
}


class PortraitAnimator:
    """Landmark frames → drawing frames of one photo.

    What depends on the photo alone (matte, static drawing, everything in the generator before its first
    warp) is computed once, by `prepare`.

    style: a key of STYLES. generator_file: weights to use instead of those found in `checkpoints_dir`.
    batch_size: frames that are drawn together. Raises InputError where a file is missing or does not fit.
    """

    def __init__(
        self,
        style: str = "drawing",
        checkpoints_dir: str | os.PathLike[str] = "checkpoints",
        device: str | torch.device = "auto",
        generator_file: str | os.PathLike[str] | None = None,
        batch_size: int = 4,
    ) -> None:
        if style not in STYLES:
            raise InputError(f"unknown style {style!r}; choose one of {', '.join(STYLES)}")
        self.device = device if isinstance(device, torch.device) else pick_device(device)
        self.batch_size = batch_size
        found = checkpoints.find(STYLES[style].generator, checkpoints_dir, generator_file)
        if found is None:
            published = checkpoints.KNOWN[STYLES[style].generator].published
            raise InputError(
                f"no generator weights for {style}; put {published} into {checkpoints_dir} or train them"
            )
        self._generator = load_generator(found, self.device)
        self._recipe = Recipe.of(found.path)
        self._matte = Matte(checkpoints_dir, self.device)
        self._static = StaticDrawing(STYLES[style].renderer, checkpoints_dir, self.device)
        self._flow = FlowRegressor(checkpoints_dir, self.device)
        self._photo: PreparedPhoto | None = None
        precision = str(self._recipe.dtype(self.device)).removeprefix("torch.")
        self.descriptions = [
            f"drawing: {ORIGINS[found.origin]}, {found.path} ({precision})",
            *(part.description for part in (self._matte, self._static, self._flow)),
        ]

    @torch.inference_mode()
    def prepare(self, face: AlignedFace) -> None:
        """Take the photo that the following frames animate; computes all that depends on it alone."""
        matte = cv2.resize(self._matte(face.image), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        with self._recipe.autocast(self.device):
            photo = prepare_photo(
                self._generator,
                to_tensor(resized(face.image, SIZE)).to(self.device),
                torch.from_numpy(to_frame(face.landmarks[None, :, :2])).to(self.device),
                torch.from_numpy(matte)[None, None].to(self.device),
                self._static(face.image),
            )
        self._photo = self._recipe.apply(photo)

    def frames(self, landmarks: np.ndarray) -> Iterator[np.ndarray]:
        """(T, 68, 2) px of the 512² crop → T frames (256, 256, 3) uint8 RGB, one after the other.

        Raises InputError where the landmarks have another shape or are not finite.
        """
        if self._photo is None:
            raise RuntimeError("prepare() a face before asking for frames")
        check_landmarks(landmarks)
        for start in range(0, len(landmarks), self.batch_size):
            yield from self._draw(self._photo, to_frame(landmarks[start : start + self.batch_size]))

    @torch.inference_mode()
    def _draw(self, photo: PreparedPhoto, targets: np.ndarray) -> list[np.ndarray]:
        """(B, 68, 2) px of 256² → B frames."""
        with self._recipe.autocast(self.device):
            drawn = draw_frames(self._generator, self._flow, photo, torch.from_numpy(targets).to(self.device))
        return [to_image(drawing) for drawing in drawn.drawing.float()]


def to_frame(landmarks: np.ndarray) -> np.ndarray:
    """px of the 512² crop → px of the 256² frame, float32."""
    return np.ascontiguousarray(landmarks, np.float32) * np.float32(SIZE / CROP_SIZE)


def check_landmarks(landmarks: np.ndarray) -> None:
    """Raises InputError where landmarks are not (T, 68, 2) finite numbers."""
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2):
        raise InputError(f"landmarks have the shape {landmarks.shape}; give (frames, 68, 2)")
    if not np.isfinite(landmarks).all():
        raise InputError("landmarks hold numbers that are not finite; predict them anew")
