"""Who draws the frames: the trained generator, or the static drawing itself, moved by the spline."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.face.align import AlignedFace

from ..geometry.landmark_motion import parted
from ..geometry.warping import sparse_motion_grid, warp_by_grid
from ..networks import WarpGenerator
from ..util.images import resized, to_tensor
from .backends import SIZE, PathLike, loaded
from .compose import blend, filled_in, widen
from .flow import FlowRegressor
from .matte import Matte
from .pipeline import draw_frames
from .prepare import (
    MATTE_THRESHOLD,
    PreparedPhoto,
    completed,
    of_the_face,
    prepare_photo,
    small_matte,
    to_frame,
)
from .settings import InferenceSettings
from .static_drawing import StaticDrawing
from .underlay import moved_drawing

ORIGINS = {"published": "published weights", "default": "own default weights", "user": "weights"}
MATTE_MARGIN = 4  # px of 256, of a moved static drawing


class Renderer(Protocol):
    """Draws one photo with any number of target landmarks.

    descriptions: one line each on what is in use; rounded: whether its values are rounded to grey levels, or
    cut off as by the published program.
    """

    descriptions: list[str]
    rounded: bool

    def prepare(self, face: AlignedFace) -> None:
        """Compute what depends on the photo alone."""

    def draw(self, targets: np.ndarray) -> Tensor:
        """(B, 68, 2) float32 px of 256² → (B, C, 256, 256) in [−1, 1]."""


class GeneratorRenderer:
    """The warping generator, blended with the static background (Sec. 4 of the paper)."""

    def __init__(
        self, found: checkpoints.Found, renderer: str, checkpoints_dir: PathLike, device: torch.device
    ) -> None:
        self._device = device
        self._generator = loaded(WarpGenerator, found, device)
        self._settings = InferenceSettings.of(found.path)
        self.rounded = self._settings != InferenceSettings()
        self._matte = Matte(checkpoints_dir, device)
        self._static = StaticDrawing(renderer, checkpoints_dir, device)
        self._flow = FlowRegressor(checkpoints_dir, device)
        self._photo: PreparedPhoto | None = None
        precision = str(self._settings.dtype(device)).removeprefix("torch.")
        self.descriptions = [
            f"drawing: {ORIGINS[found.origin]}, {found.path} ({precision})",
            *(part.description for part in (self._matte, self._static, self._flow)),
        ]

    @torch.inference_mode()
    def prepare(self, face: AlignedFace) -> None:
        image = completed(face) if self._settings.completed else face.image
        matte = small_matte(self._matte, image)
        if self._settings.completed:
            matte = of_the_face(matte, face)
        with self._settings.autocast(self._device):
            photo = prepare_photo(
                self._generator,
                to_tensor(resized(image, SIZE)).to(self._device),
                torch.from_numpy(to_frame(face.landmarks[None, :, :2])).to(self._device),
                self._settings.matte(matte).to(self._device),
                self._static(image),
                self._settings.matte_margin,
            )
        self._photo = self._settings.apply(photo)

    @torch.inference_mode()
    def draw(self, targets: np.ndarray) -> Tensor:
        moved = torch.from_numpy(targets).to(self._device)
        if self._settings != InferenceSettings():  # published weights get the landmarks as they are
            moved = parted(self._photo.landmarks, moved)
        with self._settings.autocast(self._device):
            drawn = draw_frames(
                self._generator, self._flow, self._photo, moved, crispness=self._settings.crispness
            )
        return drawn.drawing.float()


class MovedDrawingRenderer:
    """No generator: the static drawing moved by the spline, the inside of an opening mouth painted in.

    The paper's baseline UPD+Warp, with a mouth. Where the person moves away, the background is filled in
    from around.
    """

    rounded = True

    def __init__(self, style: str, renderer: str, checkpoints_dir: PathLike, device: torch.device) -> None:
        self._device = device
        self._matte = Matte(checkpoints_dir, device)
        self._static = StaticDrawing(renderer, checkpoints_dir, device)
        self.descriptions = [
            f"drawing: the moved static drawing (no generator weights for {style})",
            *(part.description for part in (self._matte, self._static)),
        ]

    @torch.inference_mode()
    def prepare(self, face: AlignedFace) -> None:
        image = completed(face)
        self._drawing = self._static(image)
        self._source = to_frame(face.landmarks[:, :2])
        mask = (of_the_face(small_matte(self._matte, image), face) > MATTE_THRESHOLD).float()
        self._mask = widen(mask, MATTE_MARGIN).to(self._device)
        self._background = filled_in(self._drawing, self._mask)

    @torch.inference_mode()
    def draw(self, targets: np.ndarray) -> Tensor:
        source = torch.from_numpy(self._source)[None].to(self._device)
        moved = torch.from_numpy(targets).to(self._device)
        front = moved_drawing(self._drawing, source, moved)
        moved = parted(source, moved)
        mask = warp_by_grid(self._mask, sparse_motion_grid(source, moved), align_corners=True)
        return blend(front, self._background, mask)
