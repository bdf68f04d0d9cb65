"""What weights trained here want besides the paper's recipe; the metadata of their file says it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import torch
from torch import Tensor

from module1_audio2lmk.foundation import checkpoints

from .drawing import PreparedPhoto
from .util.images import on_white


@dataclass(frozen=True)
class Recipe:
    """How a generator's weights are to be used; the defaults are the paper's.

    matte_margin: px by which the mask is widened, so that the generator draws outlines whole.
    vacated_paper: the background is blank where the person was, so that a moving head uncovers paper and
    not its own static drawing.
    half: the weights were trained under bfloat16 autocast, which a CPU with such arithmetic runs about
    twice as fast.
    """

    matte_margin: int = 0
    vacated_paper: bool = False
    half: bool = False

    @classmethod
    def of(cls, path: Path) -> Recipe:
        """Read from the metadata of a .safetensors file; of any other file, the paper's recipe."""
        if path.suffix != ".safetensors":
            return cls()
        metadata = checkpoints.read_metadata(path)
        return cls(
            int(metadata.get("matte_margin", 0)),
            metadata.get("vacated") == "paper",
            metadata.get("precision") == "bfloat16",
        )

    def metadata(self) -> dict[str, str]:
        """What `of` reads."""
        return {
            "matte_margin": str(self.matte_margin),
            "vacated": "paper" if self.vacated_paper else "static",
            "precision": "bfloat16" if self.half else "float32",
        }

    def apply(self, photo: PreparedPhoto) -> PreparedPhoto:
        """The prepared photo with its mask widened and its background vacated, as far as wanted."""
        mask = widen(photo.mask, self.matte_margin)
        static = on_white(photo.static, 1 - mask) if self.vacated_paper else photo.static
        return replace(photo, mask=mask, static=static)

    def dtype(self, device: torch.device) -> torch.dtype:
        """bfloat16 where weights and device allow it, else float32."""
        able = device.type == "cuda" or (
            device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported()
        )
        return torch.bfloat16 if self.half and able else torch.float32

    def autocast(self, device: torch.device) -> AbstractContextManager[None]:
        """The context that the generator runs in."""
        return torch.autocast(device.type, torch.bfloat16, enabled=self.dtype(device) == torch.bfloat16)


def widen(mask: Tensor, radius: int) -> Tensor:
    """Widen a mask (1, 1, H, W) in {0, 1} by a disc of `radius` px."""
    if radius == 0:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return torch.from_numpy(cv2.dilate(mask[0, 0].cpu().numpy(), disc)).to(mask)[None, None]
