"""Procedural renderers: photo → drawing, one file a style, pure and deterministic.

A style is a file of this folder, without a leading underscore, that defines CHANNELS (1 or 3) and
render(image), or render(image, unit=None) where it can draw more than a face, see `Style.draw`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

from module1_audio2lmk.foundation.errors import InputError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Style:
    """channels: 1 or 3; render: (H, W, 3) uint8 RGB → (H, W) uint8 for one channel, (H, W, 3) for three.

    fills: whether dark areas become ink, whatever they show.
    outline: of styles in lines, width and darkness of lines added to them, see `rendering/silhouette.py`.
    """

    name: str
    channels: int
    render: Callable[..., np.ndarray]
    fills: bool = False
    outline: tuple[float, float] | None = None

    def draw(self, image: np.ndarray, unit: int) -> np.ndarray:
        """`render` of any picture (H, W, 3) with strokes as wide as in a square of `unit` px.

        A style that has no such setting draws the whole picture as a square, with strokes for that.
        """
        if "unit" in signature(self.render).parameters:
            return self.render(image, unit=unit)
        import cv2  # the names of styles alone, for --help, need no array library
        import numpy as np

        height, width = image.shape[:2]
        margins = 0, max(0, width - height), 0, max(0, height - width)
        square = cv2.copyMakeBorder(image, *margins, cv2.BORDER_REPLICATE)
        return np.ascontiguousarray(self.render(square)[:height, :width])


def names() -> list[str]:
    """The styles there are, in alphabetical order."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def renderer_name(name: str) -> str:
    """The file's name of a style: of "drawing" it is "line_drawing", of "drawing:pen" "drawing_pen"."""
    return "line_drawing" if name == "drawing" else name.replace(":", "_")


def public_name(name: str) -> str:
    """What users call a style: "line_drawing" is "drawing", "drawing_pen" is "drawing:pen"."""
    return "drawing" if name == "line_drawing" else name.replace("drawing_", "drawing:")


def renderers() -> dict[str, str]:
    """What users call a style → the name of its file; the line drawing comes first."""
    return {public_name(name): name for name in sorted(names(), key=lambda name: name != "line_drawing")}


def load(name: str) -> Style:
    """The style of that name.

    Raises InputError that lists the styles there are, where there is no such file; TypeError where the file
    lacks a part.
    """
    if name not in names():
        raise InputError(f"unknown style {name!r}; there are {', '.join(names())}")
    module = import_module(f"{__name__}.{name}")
    channels, render = getattr(module, "CHANNELS", None), getattr(module, "render", None)
    if channels not in (1, 3) or not callable(render):
        raise TypeError(f"{module.__name__} has to define CHANNELS, 1 or 3, and render(image)")
    fills, outline = getattr(module, "FILLS", False), getattr(module, "OUTLINE", None)
    return Style(name, channels, render, fills, outline)
