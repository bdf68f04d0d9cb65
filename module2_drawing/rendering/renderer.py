"""Renderer: one photo, any number of target landmarks; what the animator and test.py draw with."""

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.checkpoints import Found
from module1_audio2lmk.foundation.device import pick_device
from module1_audio2lmk.foundation.face.align import AlignedFace

from ..networks.generator import WarpGenerator
from ..util.images import resized, to_image, to_tensor
from .backdrop import Backdrop, disc
from .backends import ORIGINS, SIZE, PathLike, loaded, to_frame
from .continuation import continued
from .dark_glasses import dark_lenses, without_light
from .flow import FlowRegressor
from .matte import Matte, of_the_face
from .pipeline import DrawnFrames, draw_frames
from .prepare import PreparedPhoto, prepare_photo
from .settings import InferenceSettings
from .static_drawing import StaticDrawing


class Renderer:
    """The stages that weights are found for, and the photo that they draw.

    generator: None moves the static drawing by the landmarks' spline alone. style: name of the procedural
    renderer whose drawing is the static one. descriptions: a line each on what is in use.
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
        self._flow = FlowRegressor(None if generator is None else checkpoints_dir, device, settings.own_flow)
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
        matte, lenses = self._matte(image), None
        if self.settings.completed:
            matte = of_the_face(matte, landmarks)
            lenses = dark_lenses(image, landmarks * (len(image) / SIZE))
        if lenses is not None:
            image = without_light(image, lenses)
        drawing, covered = self._static(image), None
        if lenses is not None:
            drawing, covered = self._covered(drawing, lenses)
        self.photo = prepare_photo(
            self._generator,
            to_tensor(resized(image, SIZE)).to(self._device),
            torch.from_numpy(landmarks)[None].to(self._device),
            torch.from_numpy(matte)[None, None].to(self._device),
            drawing,
            self.settings,
            covered,
        )

    def _covered(self, drawing: Tensor, lenses: np.ndarray) -> tuple[Tensor, Tensor]:
        """The drawing (1, C, S, S), with ink in the lenses if it is one in lines, and these, (1, 1, S, S)."""
        shown = cv2.resize(lenses, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        covered = torch.from_numpy(shown)[None, None].to(self._device)
        if drawing.shape[1] == 1:
            drawing = torch.lerp(drawing, -torch.ones_like(drawing), covered)
        return drawing, covered

    @torch.inference_mode()
    def draw(self, targets: np.ndarray) -> DrawnFrames:
        """The photo with target landmarks (B, 68, 2) float32 px of 256²."""
        if self.photo is None:
            raise RuntimeError("prepare() a photo before asking for frames")
        moved = torch.from_numpy(targets).to(self._device)
        return draw_frames(self._generator, self._flow, self.photo, moved, self.settings)


class GeneratorRenderer:
    """The warping generator of a weight file, in frames of 256². backdrop: what is behind the person."""

    def __init__(
        self,
        found: Found,
        settings: InferenceSettings,
        renderer: str,
        checkpoints_dir: PathLike,
        device: torch.device | str,
        batch_size: int,
        backdrop: Backdrop,
    ) -> None:
        device = pick_device(device)
        precision = str(settings.dtype(device)).removeprefix("torch.")
        self._batch_size, self._backdrop = batch_size, backdrop
        generator = loaded(WarpGenerator, found, device)
        self._renderer = Renderer(generator, settings, renderer, checkpoints_dir, device)
        drawn_by = f"drawing: {ORIGINS[found.origin]}, {found.path} ({precision})"
        self.descriptions = [drawn_by, *self._renderer.descriptions]

    def prepare(self, face: AlignedFace) -> None:
        self._renderer.prepare(face.image, to_frame(face.landmarks[:, :2]), face.visible)

    def frames(self, targets: np.ndarray) -> Iterator[np.ndarray]:
        """(T, 68, 2) float32 px of 256 → T frames (256, 256, 3) uint8 RGB, RGBA where nothing is behind."""
        for start in range(0, len(targets), self._batch_size):
            drawn = self._renderer.draw(targets[start : start + self._batch_size])
            rounded = not self._renderer.settings.published
            for drawing, person, mask in zip(drawn.drawing, drawn.foreground, drawn.mask, strict=True):
                if self._backdrop.keeps:
                    yield to_image(drawing, rounded)
                else:
                    yield self._cut_out(to_image(person, rounded), mask[0].float().cpu().numpy())

    def _cut_out(self, person: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """A person (256, 256, 3) uint8 before the backdrop, without the margin that holds some of its own."""
        opacity = cv2.erode(mask, disc(self._renderer.settings.matte_margin))
        return self._backdrop.behind(person, opacity, self._backdrop.picture(SIZE, SIZE))
