"""Inference settings: how generator weights are to be used; their file, or the run that made it, says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import torch

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.data_files import read_json
from module1_audio2lmk.foundation.errors import InputError

VACATED = ("static", "paper", "filled")
RUN = "options.json"  # beside the weights of a training run
#: Options of training that are settings of inference, too.
TRAINED = ("matte_margin", "soft_edge", "vacated", "own_flow")
_WIDEST, _CRISPEST = 64, 10.0
#: From a value or its text, by the type of the setting.
PARSERS: dict[str, Callable[[Any], Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": lambda value: str(value) == "True",
}


@dataclass(frozen=True)
class InferenceSettings:
    """How a generator's weights are to be used; the defaults of all but `published` are the paper's.

    published: the weights are of the published program, and draw as it does: landmarks are taken as they
    are, and grey levels are cut off. Otherwise facing points of lids and lips are kept apart, and grey levels
    are rounded.
    matte_margin: px of 256 by which the mask is widened, so that the generator draws outlines whole.
    soft_edge: σ px of 256 of the blur of the mask with which generator and background are blended.
    vacated: what a moving head uncovers: its own static drawing, paper, or the background filled in.
    completed: what of the crop lies outside of the photo continues it and is not white, and of the matte the
    part with the face alone is used.
    crispness: amount of the unsharp mask over what the generator draws: lines that moved are softer than ink.
    Of a generator that paints over, around the face alone.
    half: the weights were trained under bfloat16 autocast, which a CPU with such arithmetic runs about
    twice as fast.
    separated: the generator draws the person alone; otherwise it draws the whole picture, without a matte.
    own_flow: own weights regress flow A, as in training.
    """

    published: bool
    matte_margin: int = 0
    soft_edge: float = 0.0
    vacated: str = "static"
    completed: bool = False
    half: bool = False
    crispness: float = 0.0
    separated: bool = True
    own_flow: bool = False

    @classmethod
    def of(cls, path: Path) -> InferenceSettings:
        """From the metadata of a .safetensors file, else the options of the training run whose folder it lies
        in, else those of the published program.

        Raises InputError where these say something impossible.
        """
        if path.suffix == ".safetensors":
            found = checkpoints.read_metadata(path)
            return cls._read(found, f"{path} has unusable metadata", "export it again")
        run = path.parent / RUN
        if not run.is_file():
            return cls(published=True)
        options = read_json(run, "list of options", "train again, or move the weights to another folder")
        found = {name: options[name] for name in TRAINED if name in options}
        found["separated"] = options.get("separate", 1) != 0
        found["half"] = options.get("precision") == "bfloat16"
        remedy = "train again, or move the weights to another folder"
        return cls._read(found, f"{run} has unusable options", remedy)

    @classmethod
    def _read(cls, found: Mapping[str, Any], problem: str, remedy: str) -> InferenceSettings:
        """From values or their texts, by name; the messages are `problem` and `remedy`."""
        try:
            given = {f.name: PARSERS[str(f.type)](found[f.name]) for f in fields(cls) if f.name in found}
            settings = cls(**{"published": False, **given})
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

    def dtype(self, device: torch.device) -> torch.dtype:
        """bfloat16 where weights and device allow it, else float32."""
        able = device.type == "cuda" or (device.type == "cpu" and has_bfloat16())
        return torch.bfloat16 if self.half and able else torch.float32

    def autocast(self, device: torch.device) -> AbstractContextManager[Any]:
        """The context that the generator runs in; a training's own stays as it is."""
        half = self.dtype(device) == torch.bfloat16
        return torch.autocast(device.type, torch.bfloat16) if half else nullcontext()


#: Where there is no generator: the moved static drawing over its background.
MOVED_DRAWING = InferenceSettings(published=False, matte_margin=4, vacated="filled", completed=True)


@cache
def has_bfloat16() -> bool:
    """Whether the CPU computes in bfloat16 itself. oneDNN also emulates it on AVX-512, at half the speed."""
    can = torch.cpu.get_capabilities()
    if can["architecture"] == "x86_64":
        return can["avx512_bf16"] or can["amx_bf16"]
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()
