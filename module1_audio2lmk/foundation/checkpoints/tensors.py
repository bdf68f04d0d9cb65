"""Tensors in .safetensors files: read without torch, written in an order that is always the same."""

import json
import os
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from ..data_files import UNREADABLE
from ..errors import InputError


def open_safetensors(path: Path) -> safe_open:
    """A .safetensors file whose tensors are read as arrays. Raises InputError where it is none."""
    try:
        return safe_open(path, framework="np")
    except (SafetensorError, *UNREADABLE) as error:
        raise InputError(f"{path} is damaged or no safetensors file ({error}); copy it again") from None


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a .safetensors file; all floats are float32. Raises InputError where it is damaged.

    A matrix W of 8 bits with columns `W.scale` and `W.zero` is (W - zero) scale.
    """
    with open_safetensors(path) as file:
        try:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        except (SafetensorError, *UNREADABLE) as error:
            raise InputError(f"{path} is damaged ({error}); copy it again") from None
    floats = {name: a.astype(np.float32) if a.dtype.kind == "f" else a for name, a in state.items()}
    for name in [name for name in state if f"{name}.scale" in state and f"{name}.zero" in state]:
        zero, scale = (floats.pop(f"{name}.{part}").astype(np.float32) for part in ("zero", "scale"))
        floats[name] = (floats[name].astype(np.float32) - zero) * scale
    return floats


def sort_metadata(path: str | os.PathLike[str]) -> None:
    """Put the metadata of a .safetensors file, whose order is random (0.8.0), in order: equal content is then
    equal bytes."""
    with open(path, "r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        if "__metadata__" in header:
            header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
        file.seek(8)
        file.write(json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode().ljust(length))
