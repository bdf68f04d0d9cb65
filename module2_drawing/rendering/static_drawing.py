"""Static drawing: the photo drawn as it is, by a network or a procedural renderer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.device import pick_device
from module1_audio2lmk.foundation.errors import InputError

from .. import styles
from ..util.images import resized, to_image, to_tensor
from .backends import SIZE, PathLike, loaded

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

STATIC_STYLE = (0.0, 1.0, 0.0)  # which of the static generator's three styles is the paper's
PUBLISHED_STATIC = {"line_drawing": "static_drawing", "cartoon": "static_cartoon"}


class StaticDrawing:
    """The drawing of the unmoved photo: the background of every frame, and the target in training.

    weights: a static drawing network trained here (`--model static`), to use instead of what the style has.
    """

    def __init__(
        self,
        style: str,
        checkpoints_dir: PathLike,
        device: torch.device | str,
        weights: PathLike | None = None,
    ) -> None:
        self._device = device
        self._render: Callable[[np.ndarray], np.ndarray] | None = None
        key = PUBLISHED_STATIC.get(style)
        found = checkpoints.find(key, checkpoints_dir) if key else None
        if weights is not None:
            self._draws: Callable[[np.ndarray, int], Tensor] = self._network_draws
            self._network = _loaded("StaticDrawingGenerator", weights, device)
            self.description = f"static drawing: {weights}"
        elif found is None:
            self._style = styles.load(style)
            self._draws, self._render = self._renderer_draws, self._style.render
            self.description = f"static drawing: procedural renderer {style} (no static checkpoint)"
        elif style == "cartoon":
            self._draws, self._network = self._cartoon_draws, _loaded("Photo2CartoonGenerator", found, device)
            self.description = f"static drawing: {found.path}"
        else:
            self._draws, self._network = self._network_draws, _loaded("StaticDrawingGenerator", found, device)
            self.description = f"static drawing: {found.path}"

    @property
    def style(self) -> styles.Style | None:
        """The style that draws, None where a network does."""
        return None if self._render is None else self._style

    def __call__(self, photo: np.ndarray) -> Tensor:
        """(H, W, 3) uint8 RGB → (1, C, 256, 256) in [−1, 1] on the device; C is 1 or 3, as the style is."""
        return self._drawn(photo, SIZE)

    def _drawn(self, photo: np.ndarray, size: int) -> Tensor:
        import torch

        self._device = pick_device(self._device)
        with torch.no_grad():
            return self._draws(photo, size)

    def at(self, photo: np.ndarray, size: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB → (size, size[, 3]) uint8, drawn at that size; networks draw at most 512²."""
        if self._render is not None:
            return self._render(resized(photo, size))
        return resized(self.large(photo), size)

    def picture(self, photo: np.ndarray, unit: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB → (H, W[, 3]) uint8, drawn in one piece as if `unit` px were a whole crop.

        Raises InputError where a network draws: it knows crops alone.
        """
        if self._render is None:
            raise InputError(f"{self.description.split(': ')[1]} draws the crop alone; use --frame crop")
        return self._style.draw(photo, unit)

    def large(self, photo: np.ndarray) -> np.ndarray:
        """(512, 512, 3) uint8 RGB → (512, 512[, 3]) uint8, for training data."""
        if self._render is not None:
            return self._render(photo)
        drawing = to_image(self._drawn(photo, 2 * SIZE))
        return drawing[..., 0] if (drawing == drawing[..., :1]).all() else drawing

    def _renderer_draws(self, photo: np.ndarray, size: int) -> Tensor:
        import torch.nn.functional as F

        drawing = to_tensor(self._style.render(photo)).to(self._device)
        return drawing if drawing.shape[-1] == size else F.interpolate(drawing, (size, size), mode="area")

    def _network_draws(self, photo: np.ndarray, size: int) -> Tensor:
        """The line drawing network works at 512²; a drawing of 256² is made from 256², as published."""
        import torch
        import torch.nn.functional as F

        seen = to_tensor(resized(photo, size)).to(self._device)
        if size == SIZE:
            seen = F.interpolate(seen, scale_factor=2.0, mode="bilinear", align_corners=False)
        drawing = self._network(seen, torch.tensor([STATIC_STYLE], device=self._device))
        return F.interpolate(drawing, (size, size), mode="bilinear", align_corners=False)

    def _cartoon_draws(self, photo: np.ndarray, size: int) -> Tensor:
        """The cartoon network works at 256², on a photo cut off to whole grey values once more."""
        import torch.nn.functional as F

        seen = ((to_tensor(resized(photo, SIZE)) + 1) * 127.5).byte().double() / 127.5 - 1
        drawing = self._network(seen.float().to(self._device))
        return F.interpolate(drawing, (size, size), mode="bilinear", align_corners=False)


def _loaded(name: str, file: checkpoints.Found | PathLike, device: torch.device | str) -> nn.Module:
    from .. import networks

    return loaded(networks.NETWORKS[name], file, device)
