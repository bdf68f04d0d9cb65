"""PortraitAnimator: one photo, any number of landmark frames, drawing frames as a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.device import check_device, pick_device
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace

from . import styles
from .rendering.backdrop import KEEP, Backdrop
from .rendering.backends import SIZE, to_frame
from .rendering.layered import LayeredRenderer
from .rendering.whole_picture import LARGEST, WholePicture

if TYPE_CHECKING:
    import torch

    from .rendering.renderer import GeneratorRenderer

#: Every file of `styles/` is a style: its name, and that of its procedural renderer.
STYLES = styles.renderers()
DEFAULT_SIZE = 512  # px of a frame
FRAMES = ("crop", "full")
QUALITIES = ("default", "best")
PAPER = "paper"  # the generator of own weights with both flows of the paper


class PortraitAnimator:
    """Landmark frames → drawing frames of one photo.

    What depends on the photo alone is computed once, by `prepare`.

    style: a key of STYLES, or the name of its renderer. generator_file: weights of a warping generator to use
    instead of those found in `checkpoints_dir`; or "paper": own ones whose features move as in the paper, by
    triangles (flow B) and by a regressed flow A; those of line drawings are of the paper's generator itself,
    other styles' of one that paints over. batch_size: frames that a generator draws at once.
    size: px of a frame's side, a multiple of 32; 512 by default, and 256 where a warping generator draws,
    which has no other. quality: "default" moves the static drawing and opens its mouth; "best" has the own
    warping generator draw, its flow A a spline. One that is published or given draws in any case.
    background: "keep", "paper", "none" (frames have an alpha channel) or the file of an image. frame: "crop",
    or "full" for the whole photo at its own size, its longer side `size` px at most, 2048 by default. device:
    of networks, a name or a torch.device; what is moved is moved by the processor. descriptions: a line each
    on the weights and backends in use; weights: the files that draw over the static drawing, if any.
    Raises InputError where a file is missing or does not fit, or a generator is asked for another size.
    """

    def __init__(
        self,
        style: str = "drawing",
        checkpoints_dir: str | os.PathLike[str] = "checkpoints",
        device: str | torch.device = "auto",
        generator_file: str | os.PathLike[str] | None = None,
        batch_size: int = 4,
        size: int | None = None,
        quality: str = "default",
        background: str | Path = KEEP,
        frame: str = "crop",
    ) -> None:
        if frame not in FRAMES:
            raise InputError(f"unknown frame {frame!r}; choose one of {', '.join(FRAMES)}")
        backdrop = Backdrop(background)
        style = styles.public_name(style)
        if quality not in QUALITIES:
            raise InputError(f"unknown quality {quality!r}; choose one of {', '.join(QUALITIES)}")
        if style not in STYLES:
            raise InputError(f"unknown style {style!r}; choose one of {', '.join(STYLES)}")
        check_device(device)
        self.device: torch.device | str = "cpu"
        self.batch_size = batch_size
        paper = generator_file == PAPER
        override = None if paper else generator_file
        kind = "paper" if paper and f"paper_{style}" in checkpoints.KNOWN else "generator"
        found = checkpoints.find(f"{kind}_{style}", checkpoints_dir, override, own=paper)
        self._renderer: LayeredRenderer | GeneratorRenderer | WholePicture
        if found is not None and (paper or quality == "best" or found.origin != "default"):
            if size not in (None, SIZE):
                raise InputError(f"{found.path} draws at {SIZE} px alone; use --size {SIZE}")
            self.size, self.weights = SIZE, [found.path]
            if frame == "full":
                raise InputError(f"{found.path} draws the crop alone; use --frame crop")
            from .rendering.renderer import GeneratorRenderer
            from .rendering.settings import InferenceSettings

            self.device, settings = pick_device(device), InferenceSettings.of(found.path)
            settings = replace(settings, own_flow=paper or settings.own_flow)
            self._renderer = GeneratorRenderer(
                found, settings, STYLES[style], checkpoints_dir, self.device, batch_size, backdrop
            )
        elif paper or quality == "best":
            raise InputError(f"no weights of a warping generator for {style}; use --quality default")
        else:
            self.size = size or DEFAULT_SIZE
            self.weights = []
            head = LayeredRenderer(STYLES[style], checkpoints_dir, device, self.size, backdrop)
            self._renderer = WholePicture(head, backdrop, size or LARGEST) if frame == "full" else head
        self.descriptions = self._renderer.descriptions

    def prepare(self, face: AlignedFace) -> None:
        """Take the photo that the following frames animate."""
        self._renderer.prepare(face)

    def frames(self, landmarks: np.ndarray) -> Iterator[np.ndarray]:
        """(T, 68, 2) px of the 512² crop → T frames (size, size, 3) uint8 RGB, one after the other.

        (H, W, 3) in whole pictures; RGBA, not premultiplied, without a background.

        Raises InputError where the landmarks have another shape or are not finite.
        """
        check_landmarks(landmarks)
        yield from self._renderer.frames(to_frame(landmarks))


def check_landmarks(landmarks: np.ndarray) -> None:
    """Raises InputError where landmarks are not (T, 68, 2) finite numbers."""
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2):
        raise InputError(f"landmarks have the shape {landmarks.shape}; give (frames, 68, 2)")
    if not np.isfinite(landmarks).all():
        raise InputError("landmarks hold numbers that are not finite; predict them anew")
