"""Weight files read without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from ..data_files import UNREADABLE
from ..errors import InputError
from ..files import input_file


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """The state dict of a .safetensors file, float32, matrices of 8 bits scaled: see `checkpoints.in_floats`.

    Other files hold what only torch reads. Raises InputError where the file is damaged.
    """
    if path.suffix != ".safetensors":
        from ..checkpoints import load_state

        return {name: tensor.float().numpy() for name, tensor in load_state(path).items()}
    try:
        with safe_open(input_file(path, "checkpoint"), framework="np") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, *UNREADABLE) as error:
        raise InputError(f"{path} is damaged or no safetensors file ({error}); copy it again") from None
    packed = {name for name in state if f"{name}.scale" in state and f"{name}.zero" in state}
    floats = {name: array.astype(np.float32) for name, array in state.items()}
    for name in packed:
        floats[name] = (floats[name] - floats.pop(f"{name}.zero")) * floats.pop(f"{name}.scale")
    return floats
