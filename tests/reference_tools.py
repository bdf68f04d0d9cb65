"""Reference inputs and outputs of the published networks, and the weights that they were made with.

The files in tests/reference hold, network by network, what the published code computed in float32 with the
weights of `fill_weights`. Outputs are kept every few pixels. Smooth input images are kept as the coarse
noise that they were enlarged from; `smooth_image` enlarges it again, within 4e-6 of the original.
"""

import gzip
import json
import zlib
from math import prod
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

REFERENCE = Path(__file__).parent / "reference"
TOLERANCE = 1e-3


def load_reference(name: str) -> dict[str, Tensor]:
    """The arrays of tests/reference/<name>.npz."""
    with np.load(REFERENCE / f"{name}.npz") as arrays:
        return {key: torch.from_numpy(arrays[key]) for key in arrays.files}


def state_dict_shapes(network: str) -> dict[str, list[int]]:
    """Names and shapes inside the published checkpoint of a network."""
    for path in sorted(REFERENCE.glob("state_dicts_*.json*")):
        data = path.read_bytes()
        networks = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
        if network in networks:
            return networks[network]
    raise KeyError(network)


def fill_weights(module: nn.Module) -> nn.Module:
    """Give every parameter and buffer values that depend on its name and shape only; eval mode."""
    state = module.state_dict()
    filled = {name: _values(name, tuple(tensor.shape)) for name, tensor in state.items()}
    module.load_state_dict({name: torch.as_tensor(filled[name]).to(state[name].dtype) for name in state})
    return module.eval()


def _values(name: str, shape: tuple[int, ...]) -> np.ndarray:
    random = np.random.RandomState(zlib.crc32(name.encode()))
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape)
    if name.endswith("running_var"):
        return random.uniform(0.5, 1.5, shape)
    if len(shape) >= 2 and not name.endswith("running_mean"):
        return random.normal(0, 1, shape) / np.sqrt(max(prod(shape[1:]), 1))
    noise = np.asarray(random.normal(0, 0.1, shape))
    return 1 + noise if name.endswith("weight") else noise


def smooth_image(coarse: Tensor, size: tuple[int, int], bound: float | None = 1.0) -> Tensor:
    """Coarse noise (C, h, w) -> image (1, C, *size), clipped to ±bound."""
    image = F.interpolate(coarse[None], size, mode="bicubic", align_corners=False)
    return image if bound is None else image.clamp(-bound, bound)


def unpack_bits(packed: Tensor, *shape: int) -> Tensor:
    """Inverse of numpy.packbits, as float 0 and 1."""
    return torch.from_numpy(np.unpackbits(packed.numpy())).view(shape).float()


def assert_matches(actual: Tensor | np.ndarray, expected: Tensor | np.ndarray) -> None:
    """Largest absolute difference at most 1e-3, times the expected deviation where that is above 1."""
    actual, expected = torch.as_tensor(actual).double(), torch.as_tensor(expected).double()
    assert actual.shape == expected.shape, f"shape {tuple(actual.shape)} instead of {tuple(expected.shape)}"
    assert torch.isfinite(actual).all(), "not all values are finite"
    difference = float((actual - expected).abs().max())
    allowed = TOLERANCE * max(1.0, float(expected.std()))
    assert difference <= allowed, f"differs by {difference:.2e}, allowed are {allowed:.2e}"


def assert_published_names(module: nn.Module, network: str) -> None:
    """The state dict has the names and shapes of the published checkpoint, no more and no fewer."""
    shapes = {name: list(tensor.shape) for name, tensor in module.state_dict().items()}
    assert shapes == state_dict_shapes(network)
