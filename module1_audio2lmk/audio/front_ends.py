"""Front-ends: what networks hear of speech, a vector of features every so many samples.

A front-end is a class with the attributes and methods of `FrontEnd` in a file of this folder, and one line in
`FRONT_ENDS`. Weights note its name (metadata ``features``); the pipeline and the training make it by that
name.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from ..foundation.checkpoints import find
from ..foundation.errors import InputError
from ..foundation.files import digest_of


class FeatureStream(Protocol):
    """The features of one sound that comes in chunks of any size; how it is cut makes no difference."""

    def add(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) samples at 16 kHz in [-1, 1], return the (t, size) float32 features that are ready."""

    def finish(self) -> np.ndarray:
        """End the sound: its last features, (t, size) float32; in all N samples give N // hop + 1."""


class FrontEnd(Protocol):
    """Speech → features; feature k belongs to sample ``hop`` k.

    size: numbers a feature. hop: samples from one to the next; the networks of this module expect
    `waveform.HOP`. look_ahead: samples after its own that a feature needs. weights: key of its network's file
    in `foundation.checkpoints`, and it is made with ``backend`` and ``whole``; "" without a network.
    """

    size: int
    hop: int
    look_ahead: int
    weights: str

    def stream(self) -> FeatureStream:
        """A new stream at its beginning."""

    def batch(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Whole sounds (N,) → what a stream gives of each, (N // hop + 1, size) float32, faster."""


#: Name in the metadata of weights and on the command line → file of this folder and class, or the class.
FRONT_ENDS: dict[str, Any] = {"mel": "mel.Mel", "moonshine": "moonshine.Moonshine"}

#: How far ahead is heard: as little as a stream bears, or seconds, where a whole sound is at hand.
LOOK_AHEADS = ("live", "whole")


def front_end_named(name: str, backend: str = "auto", look_ahead: str = "live") -> FrontEnd:
    """The front-end of a name in `FRONT_ENDS`.

    backend: runs its network, where it has one.
    look_ahead: one of `LOOK_AHEADS`; what hears no better for hearing more ahead is the same for both.
    Raises InputError for an unknown name.
    """
    if name not in FRONT_ENDS:
        raise InputError(f"unknown speech features {name!r}; choose {', '.join(FRONT_ENDS)}")
    entry = FRONT_ENDS[name]
    if isinstance(entry, str):
        file, _, kind = entry.partition(".")
        entry = getattr(import_module(f".{file}", __package__), kind)
    return entry(backend=backend, whole=look_ahead == "whole") if entry.weights else entry()


def weights_hash(front_end: FrontEnd) -> str:
    """SHA-256 of the network file of a front-end, in hexadecimal; "" for one without."""
    found = find(front_end.weights) if front_end.weights else None
    return "" if found is None else digest_of(found.path)
