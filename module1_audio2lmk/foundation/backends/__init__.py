"""Backends: what runs the networks of weight files, as functions on NumPy arrays.

A network that is to run here says by `entries` what is called of it. torch runs it as it is; ONNX Runtime and
OpenVINO run its graphs (`graphs`), which `export` makes of it once, without weights: these are read from the
weight file, so that a graph serves all weights of one architecture, and no torch is needed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    import torch
    from torch.nn import Module as Network

    from ..checkpoints import Found
else:
    Network = Any

BACKENDS = ("auto", "torch", "onnxruntime", "openvino")

#: Name of a method → examples of its arguments, and which dimension of which argument may have any size. A
#: network also names attributes, NUMBERS, that those who call it need.
Entries = Mapping[str, tuple[tuple["torch.Tensor", ...], Mapping[str, int]]]


@runtime_checkable
class Runtime(Protocol):
    """A network with its weights. backend: what runs it."""

    backend: str

    @property
    def numbers(self) -> Mapping[str, int]:
        """Its attributes that those who call it need."""

    def __call__(self, entry: str, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        """What a method of `entries` returns."""

    def zeros(self, entry: str, argument: str) -> np.ndarray:
        """Zeros of the shape of an argument without a free dimension: the memory before a first call."""

    def tensor(self, name: str) -> np.ndarray:
        """A tensor of the state dict, float32."""


def load(file: Found | str | os.PathLike[str], kind: str, backend: str = "auto") -> Runtime:
    """The network of a weight file, as `checkpoints.build` takes it, ready to run; kind: its name.

    backend: auto takes ONNX Runtime, where it is installed and has graphs of this architecture, else torch.
    All run on the CPU. Raises InputError for an unknown backend, one that is not installed or has no graphs,
    and for a file that is damaged or holds another network.
    """
    from ..checkpoints import describe

    if (name := describe(file)[0]) != kind:
        raise InputError(f"{_path(file)} holds a {name}, not a {kind}; use another file")
    runs = chosen(backend)
    if runs != "torch":
        from . import graphs

        try:
            return graphs.GraphRuntime(file, runs, export=backend != "auto")
        except graphs.NoGraph as error:
            if backend != "auto" or not installed("torch"):
                raise InputError(f"{error}; install torch, or choose --backend torch") from None
    from ..checkpoints import build

    return running(build(file).requires_grad_(False))


def chosen(backend: str) -> str:
    """torch, onnxruntime or openvino: what a --backend stands for. Raises InputError where it is unknown or
    not installed."""
    if backend not in BACKENDS:
        raise InputError(f"unknown --backend {backend!r}; choose {', '.join(BACKENDS)}")
    if backend == "auto":
        return "onnxruntime" if installed("onnxruntime") else "torch"
    if not installed(backend):
        raise InputError(f"{backend} is not installed; pip install {backend}, or choose --backend auto")
    return backend


def running(network: Network | Runtime) -> Runtime:
    """A network as torch runs it; what is running already stays."""
    if isinstance(network, Runtime):
        return network
    from .by_torch import TorchRuntime

    return TorchRuntime(network.eval())


def installed(name: str) -> bool:
    """Whether a package can be imported; it is not."""
    return find_spec(name) is not None


def _path(file: Found | str | os.PathLike[str]) -> object:
    return getattr(file, "path", file)
