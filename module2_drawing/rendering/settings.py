"""Inference settings: how generator weights are to be used; their file, or the run that made it, says it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.data_files import read_json
from module1_audio2lmk.foundation.errors import InputError

from .compose import filled_in, on_white
from .prepare import PreparedPhoto

VACATED = ("static", "paper", "filled")
RUN = "options.json"  # beside the weights of a training run
TRAINED = ("matte_margin", "soft_edge", "vacated")  # options of training that are settings of inference, too
_WIDEST, _CRISPEST = 64, 10.0
BLUR_TAIL = 0.05  # of a soft edge, cut off at both of its ends


@dataclass(frozen=True)
class InferenceSettings:
    """How a generator's weights are to be used; the defaults are the paper's.

    matte_margin: px by which the mask is widened, so that the generator draws outlines whole.
    soft_edge: σ px of the blur of the mask with which generator and background are blended.
    vacated: what a moving head uncovers: its own static drawing, paper, or the background filled in.
    completed: what of the crop lies outside of the photo continues it and is not white.
    crispness: amount of the unsharp mask over what the generator draws: lines that moved are softer than ink.
    Of a generator that paints over, around the face alone.
    half: the weights were trained under bfloat16 autocast, which a CPU with such arithmetic runs about
    twice as fast.
    separated: the generator draws the person alone; otherwise it draws the whole picture, without a matte.
    """

    matte_margin: int = 0
    soft_edge: float = 0.0
    vacated: str = "static"
    completed: bool = False
    half: bool = False
    crispness: float = 0.0
    separated: bool = True

    @classmethod
    def of(cls, path: Path) -> InferenceSettings:
        """From the metadata of a .safetensors file, else the options of the training run whose folder it lies
        in, else the paper's settings.

        Raises InputError where these say something impossible.
        """
        if path.suffix == ".safetensors":
            return cls._read(
                checkpoints.read_metadata(path), f"{path} has unusable metadata", "export it again"
            )
        run, remedy = path.parent / RUN, "train again, or move the weights to another folder"
        if not run.is_file():
            return cls()
        options = read_json(run, "list of options", remedy)
        found = {name: options[name] for name in TRAINED if name in options}
        found["separated"] = options.get("separate", 1) != 0
        return cls._read(found, f"{run} has unusable options", remedy)

    @classmethod
    def _read(cls, found: Mapping[str, Any], problem: str, remedy: str) -> InferenceSettings:
        """From values or their texts, by name; the messages are `problem` and `remedy`."""

        def is_on(name: str, default: bool = False) -> bool:
            return str(found.get(name, default)) == "True"

        try:
            settings = cls(
                int(found.get("matte_margin", 0)),
                float(found.get("soft_edge", 0)),
                found.get("vacated", "static"),
                is_on("completed"),
                is_on("half"),
                float(found.get("crispness", 0)),
                is_on("separated", True),
            )
            if not (0 <= settings.matte_margin <= _WIDEST and 0 <= settings.soft_edge <= _WIDEST):
                raise ValueError("margins and edges up to 64 px")
            if not 0 <= settings.crispness <= _CRISPEST:
                raise ValueError("a crispness up to 10")
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f"{problem} ({error}); {remedy}") from None
        if settings.vacated not in VACATED:
            raise InputError(f"{problem} (vacated {settings.vacated}); {remedy}")
        return settings

    def metadata(self) -> dict[str, str]:
        """What `of` reads."""
        return {name: str(value) for name, value in asdict(self).items()}

    def matte(self, matte: Tensor) -> Tensor:
        """The matte (B, 1, H, W) in [0, 1] that the photo is cut out with."""
        return matte if self.separated else torch.ones_like(matte)

    def apply(self, photo: PreparedPhoto) -> PreparedPhoto:
        """The prepared photo with its background and the edge of its mask as wanted."""
        mask, static = photo.mask, photo.static
        if self.vacated == "paper":
            static = on_white(static, 1 - mask)
        elif self.vacated == "filled" and self.separated:  # or there is nothing around to fill in from
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
