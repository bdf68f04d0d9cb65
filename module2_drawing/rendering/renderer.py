"""Renderer: one photo, any number of target landmarks; what the animator and test.py draw with."""

from __future__ import annotations

import numpy as np
import torch

from ..networks.generator import WarpGenerator
from ..util.images import resized, to_tensor
from .backends import SIZE, PathLike
from .flow import FlowRegressor
from .matte import Matte
from .pipeline import DrawnFrames, draw_frames
from .prepare import PreparedPhoto, continued, of_the_face, prepare_photo
from .settings import InferenceSettings
from .static_drawing import StaticDrawing


class Renderer:
    """The stages that weights are found for, and the photo that they draw.

    generator: None moves the static drawing by the landmarks' spline alone. style: name of the procedural
    renderer whose drawing is the static one. descriptions: one line each on what is in use.
    """

    def __init__(
        self,
        generator: WarpGenerator | None,
        settings: InferenceSettings,
        style: str,
        checkpoints_dir: PathLike,
        device: torch.device,
    ) -> None:
        self.settings = settings
        self._generator, self._device = generator, device
        self._matte = Matte(checkpoints_dir, device)
        self._static = StaticDrawing(style, checkpoints_dir, device)
        self._flow = FlowRegressor(None if generator is None else checkpoints_dir, device)
        self.descriptions = [part.description for part in (self._matte, self._static, self._flow)]
        self.photo: PreparedPhoto | None = None

    @torch.inference_mode()
    def prepare(
        self, image: np.ndarray, landmarks: np.ndarray, visible: tuple[int, int, int, int] | None = None
    ) -> None:
        """Take a photo: an aligned (S, S, 3) uint8 RGB image and its landmarks (68, 2) float32 px of 256².

        visible: (left, top, right, bottom) px that the photo covers; None for all of the image.
        """
        if self.settings.completed and visible is not None:
            image = continued(image, visible)
        matte = self._matte(image)
        if self.settings.completed:
            matte = of_the_face(matte, landmarks)
        self.photo = prepare_photo(
            self._generator,
            to_tensor(resized(image, SIZE)).to(self._device),
            torch.from_numpy(landmarks)[None].to(self._device),
            torch.from_numpy(matte)[None, None].to(self._device),
            self._static(image),
            self.settings,
        )

    @torch.inference_mode()
    def draw(self, targets: np.ndarray) -> DrawnFrames:
        """The photo with target landmarks (B, 68, 2) float32 px of 256²."""
        if self.photo is None:
            raise RuntimeError("prepare() a photo before asking for frames")
        moved = torch.from_numpy(targets).to(self._device)
        return draw_frames(self._generator, self._flow, self.photo, moved, self.settings)
