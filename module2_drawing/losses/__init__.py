"""Losses of the portrait model, one file each: pure functions of tensors, batched, in mean form.

Weights live in the options; a loss here is what its weight is multiplied by. A file says at its end how it
takes part in training: LOSSES, its entries of the table, and FLAGS, its options.
"""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from .adversarial import discriminator_loss, gan_loss, generator_loss, masked
from .coherence import coherence_discriminator_loss, frame_pair, interframe_loss
from .content import content_loss, content_truth, spline_moved
from .entry import Discriminator, Drawn, FixedNetwork, Flag, Loss
from .geometry import find_landmarks, geometry_loss, lip_line_loss, lip_line_mask
from .identity import identity_loss

__all__ = [
    "TABLE",
    "Discriminator",
    "Drawn",
    "FixedNetwork",
    "Flag",
    "Loss",
    "coherence_discriminator_loss",
    "content_loss",
    "content_truth",
    "discriminator_loss",
    "find_landmarks",
    "frame_pair",
    "gan_loss",
    "generator_loss",
    "geometry_loss",
    "identity_loss",
    "interframe_loss",
    "lip_line_loss",
    "lip_line_mask",
    "masked",
    "spline_moved",
    "table",
]

#: The table of losses: files of this folder, in the order of the log. A further one is a file and a line.
TABLE = [
    "adversarial",
    "coherence",
    "content",
    "geometry",
    "identity",
]


def table() -> Iterator[ModuleType]:
    """The modules of TABLE, each with LOSSES and FLAGS."""
    return (import_module(f"{__name__}.{name}") for name in TABLE)
