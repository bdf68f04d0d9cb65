"""Methods: what makes frames of a clip's photo and sound, found by name.

To add one, add a file with a subclass of `Method` that has a `name`; or score the videos of any other program
with the method `external`.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import torch

from module1_audio2lmk.foundation.device import pick_device
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module2_drawing.animator import STYLES
from module2_drawing.rendering.at_rest import DrawingAtRest
from module2_drawing.rendering.backdrop import coloured

from ..clips import SIZE, Portrait
from ..drive import Drive


@dataclass(frozen=True)
class Settings:
    """What the methods share: drawing style, where weights lie, generator file of `ours`, device, quality of
    `ours` where there is no such file."""

    style: str = "drawing"
    checkpoints_dir: str | os.PathLike[str] = "checkpoints"
    generator_file: str | None = None
    device: str = "auto"
    quality: str = "default"


class Studio:
    """The parts that several methods use, loaded when first needed."""

    def __init__(self, settings: Settings) -> None:
        if settings.style not in STYLES:
            raise InputError(f"unknown style {settings.style!r}; choose one of {', '.join(STYLES)}")
        self.settings = settings
        self.device = pick_device(settings.device)

    @cached_property
    def at_rest(self) -> DrawingAtRest:
        """Draws one picture."""
        return DrawingAtRest(STYLES[self.settings.style], self.settings.checkpoints_dir, self.device)

    def draw(self, face: AlignedFace) -> np.ndarray:
        """The drawing at rest that the program moves: (256, 256, 3) uint8."""
        drawing = self.at_rest(face).drawing
        return coloured(cv2.resize(drawing, (SIZE, SIZE), interpolation=cv2.INTER_AREA))


class Method(ABC):
    """One row of the table.

    label: its name in tables. sees_clip: whether it looks at the clip itself, not at photo and sound alone:
    such methods are no rivals, they show what the style allows. asked: "drive" where the frames are to show
    the landmarks that the drive gives, "clip" where they are to show those of the clip. measured: how the
    names of the metrics begin that drawings at rest have, without a video; None: it moves, and has them all.
    """

    name: ClassVar[str]
    label: str
    sees_clip: bool = False
    asked: str = "drive"
    measured: ClassVar[tuple[str, ...] | None] = None

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    @abstractmethod
    def frames(self, portrait: Any, asked: np.ndarray) -> Iterator[np.ndarray]:
        """As many (256, 256, 3) uint8 RGB frames as are asked for, in the aligned square.

        portrait: a `Portrait`; methods that look at the clip itself need a `Clip`. asked: (T, 68, 2) float32
        px of the 512² crop. InputError where this clip cannot be made.
        """

    def targets(self, portrait: Portrait, drive: Drive) -> np.ndarray:
        """(T, 68, 2) float32 px of the 512² crop: the landmarks that the frames are to show."""
        return portrait.motion() if self.asked == "clip" else drive(portrait)

    def weights(self) -> list[Path]:
        """The weight files that its frames depend on."""
        return []

    def describe(self) -> dict[str, Any]:
        """What its frames depend on besides the clip, the drive and the files of `weights`."""
        return {"at_rest": self.studio.at_rest.descriptions}

    def inputs(self, clip: str) -> list[Path]:
        """Further files that its frames of a clip depend on. InputError where one is not there."""
        return []


@cache
def known() -> dict[str, type[Method]]:
    """All methods by name, ours first."""
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        import_module(f"{__name__}.{path.stem}")
    classes = {method.name: method for method in Method.__subclasses__()}
    order = ["ours", "upd_warp", "makeittalk_upd"]
    return {name: classes[name] for name in order + sorted(set(classes) - set(order))}  # type: ignore[type-abstract]


def to_torch(landmarks: np.ndarray, scale: float = 1.0) -> torch.Tensor:
    """Landmarks (…, 68, 2) → float32 tensor, times a scale."""
    return torch.from_numpy(np.ascontiguousarray(landmarks, np.float32)) * scale
