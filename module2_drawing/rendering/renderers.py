"""Who draws the frames: the trained generator, or the static drawing itself, moved by the spline."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace

from ..geometry.landmark_motion import parted
from ..geometry.warping import sparse_motion_grid, warp_by_grid
from ..util.images import blend, filled_in, resized, to_tensor, widen
from .backends import SIZE, FlowRegressor, Matte, PathLike, StaticDrawing, load_generator
from .pipeline import MATTE_THRESHOLD, PreparedPhoto, draw_frames, prepare_photo
from .settings import InferenceSettings
from .underlay import moved_drawing

ORIGINS = {"published": "published weights", "default": "own default weights", "user": "weights"}
MATTE_MARGIN = 4  # px of 256, of a moved static drawing
CONTINUED, CONTINUED_BLUR = 30, 25.0  # px of 512: from there on a continued photo is blurred, with this σ


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
        self._generator = load_generator(found, device)
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


def to_frame(landmarks: np.ndarray) -> np.ndarray:
    """px of the 512² crop → px of the 256² frame, float32."""
    return np.ascontiguousarray(landmarks, np.float32) * np.float32(SIZE / CROP_SIZE)


def small_matte(matte: Matte, image: np.ndarray) -> Tensor:
    """The matte of an aligned photo, (1, 1, 256, 256) in [0, 1]."""
    found = matte(image)
    if found.shape != (SIZE, SIZE):
        found = cv2.resize(found, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(found)[None, None]


def of_the_face(matte: Tensor, face: AlignedFace) -> Tensor:
    """The matte (1, 1, 256, 256) without parts that do not touch the face."""
    _, parts = cv2.connectedComponents((matte[0, 0].numpy() > MATTE_THRESHOLD).astype(np.uint8))
    outline = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillConvexPoly(outline, cv2.convexHull(to_frame(face.landmarks[:, :2]).round().astype(np.int32)), 1)
    touching = np.setdiff1d(parts[outline > 0], 0)
    return matte * torch.from_numpy(np.isin(parts, touching)).to(matte)


def completed(face: AlignedFace) -> np.ndarray:
    """The aligned photo (512, 512, 3) uint8, continued into what lay outside the photo.

    White beyond the edge would be drawn as a line, a mirrored photo as a second ear. So the colours of the
    edge go on, and fade into a blur of themselves.
    """
    left, top, right, bottom = face.visible
    margins = top, CROP_SIZE - bottom, left, CROP_SIZE - right
    if not any(margins):
        return face.image
    whole = cv2.copyMakeBorder(face.image[top:bottom, left:right], *margins, cv2.BORDER_REPLICATE)
    blurred = cv2.GaussianBlur(whole, (0, 0), CONTINUED_BLUR)
    places = np.arange(CROP_SIZE)
    beyond_x, beyond_y = (
        np.maximum(low - places, places - (high - 1)).clip(0) for low, high in ((left, right), (top, bottom))
    )
    share = (np.maximum(beyond_x, beyond_y[:, None]) / CONTINUED).clip(max=1)[..., None]
    return np.round(whole + share * (blurred.astype(float) - whole)).astype(np.uint8)
