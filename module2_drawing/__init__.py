"""Landmark frames → animated portrait drawing."""

from importlib import import_module
from typing import Any

__all__ = ["PortraitAnimator"]


def __getattr__(name: str) -> Any:
    # Imported on first use, so that a network can be used without the whole pipeline's dependencies.
    if name == "PortraitAnimator":
        return import_module(".animator", __name__).PortraitAnimator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
