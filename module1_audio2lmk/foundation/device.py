"""Device: the one place that picks it and its threads; torch is imported where a device is picked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import InputError

if TYPE_CHECKING:
    import torch


def check_device(device: torch.device | str) -> None:
    """`pick_device` for its errors alone; "auto" and "cpu" are taken for right without torch."""
    if str(device) not in ("auto", "cpu"):
        pick_device(device)


def pick_device(device: torch.device | str = "auto") -> torch.device:
    """auto | cpu | cuda | cuda:N | mps → torch.device; auto takes CUDA, then MPS, then the CPU. One that is
    picked already stays.

    Raises InputError where the name is unknown or the machine has no such device.
    """
    import torch

    name = str(device)
    kind, _, index = name.partition(":")
    if name == "auto":
        kind = "cuda" if torch.cuda.is_available() else "mps" if _has_mps() else "cpu"
        return torch.device(kind)
    if isinstance(device, torch.device):
        return device
    if kind not in ("cpu", "cuda", "mps") or (index and (kind != "cuda" or not index.isdecimal())):
        raise InputError(f"unknown device {name!r}; choose auto, cpu, cuda, cuda:N or mps")
    if kind == "mps" and not _has_mps():
        raise InputError("this machine has no MPS device; use --device auto or cpu")
    if kind == "cuda":
        if not torch.cuda.is_available():
            raise InputError("this machine has no usable CUDA device; use --device auto or cpu")
        if index and int(index) >= torch.cuda.device_count():
            raise InputError(f"no device {name}; the last one here is cuda:{torch.cuda.device_count() - 1}")
    return torch.device(name)


@contextmanager
def one_thread() -> Iterator[None]:
    """Run small networks on one CPU thread: on a busy machine, waiting for a second one takes far longer."""
    torch = sys.modules.get("torch")  # where it was not imported, nothing waits for its threads
    if torch is None:
        yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _has_mps() -> bool:
    import torch

    return torch.backends.mps.is_available()
