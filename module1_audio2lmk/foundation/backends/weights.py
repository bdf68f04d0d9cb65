"""Weights as arrays: read without torch."""

from pathlib import Path

import numpy as np

from ..checkpoints.about import read_tensors
from ..files import input_file


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """The state dict of a .safetensors file, float32, matrices of 8 bits scaled: see `checkpoints.in_floats`.

    Other files hold what torch alone reads. Raises InputError where the file is damaged.
    """
    if path.suffix != ".safetensors":
        from ..checkpoints import load_state

        return {name: tensor.float().numpy() for name, tensor in load_state(path).items()}
    state = read_tensors(input_file(path, "checkpoint"))
    floats = {name: array.astype(np.float32) for name, array in state.items()}
    for name in [name for name in state if f"{name}.scale" in state and f"{name}.zero" in state]:
        floats[name] = (floats[name] - floats.pop(f"{name}.zero")) * floats.pop(f"{name}.scale")
    return floats
