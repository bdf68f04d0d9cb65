"""What weights trained here want besides the paper's recipe; the metadata of their file says it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import torch
from torchvision.transforms.functional import gaussian_blur

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError

from .drawing import PreparedPhoto
from .util.images import filled_in, on_white

VACATED = ("static", "paper", "filled")
BLUR_TAIL = 0.05  # of a soft edge, cut off at both of its ends


@dataclass(frozen=True)
class Recipe:
    """How a generator's weights are to be used; the defaults are the paper's.

    matte_margin: px by which the mask is widened, so that the generator draws outlines whole.
    soft_edge: σ px of the blur of the mask with which generator and background are blended.
    vacated: what a moving head uncovers: its own static drawing, paper, or the background filled in.
    completed: what of the crop lies outside of the photo is mirrored from it, not white.
    crispness: amount of the unsharp mask over what the generator draws: lines that moved are softer than ink.
    Of a generator that paints over, around the face alone.
    half: the weights were trained under bfloat16 autocast, which a CPU with such arithmetic runs about
    twice as fast.
    """

    matte_margin: int = 0
    soft_edge: float = 0.0
    vacated: str = "static"
    completed: bool = False
    half: bool = False
    crispness: float = 0.0

    @classmethod
    def of(cls, path: Path) -> Recipe:
        """Read from the metadata of a .safetensors file; of any other file, the paper's recipe.

        Raises InputError where the metadata say something impossible.
        """
        if path.suffix != ".safetensors":
            return cls()
        text = checkpoints.read_metadata(path)
        try:
            recipe = cls(
                int(text.get("matte_margin", 0)),
                float(text.get("soft_edge", 0)),
                text.get("vacated", "static"),
                text.get("completed") == "True",
                text.get("half") == "True",
                float(text.get("crispness", 0)),
            )
        except ValueError as error:
            raise InputError(f"{path} has unusable metadata ({error}); export it again") from None
        if recipe.vacated not in VACATED:
            raise InputError(f"{path} has unusable metadata (vacated {recipe.vacated}); export it again")
        return recipe

    def metadata(self) -> dict[str, str]:
        """What `of` reads."""
        return {name: str(value) for name, value in asdict(self).items()}

    def apply(self, photo: PreparedPhoto) -> PreparedPhoto:
        """The prepared photo with its background and the edge of its mask as wanted."""
        mask, static = photo.mask, photo.static
        if self.vacated == "paper":
            static = on_white(static, 1 - mask)
        elif self.vacated == "filled":
            static = filled_in(static, mask)
        if self.soft_edge > 0:
            size = 2 * round(3 * self.soft_edge) + 1
            mask = gaussian_blur(mask, [size, size], [self.soft_edge, self.soft_edge])
            # Without its tails, whose grey levels would come and go in the background as the mask moves.
            mask = ((mask - BLUR_TAIL) / (1 - 2 * BLUR_TAIL)).clamp(0, 1)
        return replace(photo, mask=mask, static=static)

    def dtype(self, device: torch.device) -> torch.dtype:
        """bfloat16 where weights and device allow it, else float32."""
        able = device.type == "cuda" or (device.type == "cpu" and has_bfloat16())
        return torch.bfloat16 if self.half and able else torch.float32

    def autocast(self, device: torch.device) -> AbstractContextManager[None]:
        """The context that the generator runs in."""
        return torch.autocast(device.type, torch.bfloat16, enabled=self.dtype(device) == torch.bfloat16)


@cache
def has_bfloat16() -> bool:
    """Whether the CPU computes in bfloat16 itself. oneDNN also emulates it on AVX-512, at half the speed."""
    can = torch.cpu.get_capabilities()
    if can["architecture"] == "x86_64":
        return can["avx512_bf16"] or can["amx_bf16"]
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()
