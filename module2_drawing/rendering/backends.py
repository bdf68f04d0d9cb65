"""Backends: the networks of weight files, on a device and ready to draw."""

from __future__ import annotations

import os

import torch

from module1_audio2lmk.foundation.checkpoints import Found, Network, build

SIZE = 256  # px that the networks work at

PathLike = str | os.PathLike[str]


def loaded(kind: type[Network], file: Found | PathLike, device: torch.device) -> Network:
    """The network of class `kind` in a weight file, on the device and fixed. Raises InputError where the file
    is damaged or holds another network."""
    return build(file, kind).to(device).requires_grad_(False)
