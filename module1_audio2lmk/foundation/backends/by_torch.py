"""Torch as a backend: the network itself, on any device."""

import inspect

import numpy as np
import torch
from torch import nn


class TorchRuntime:
    """`Runtime` of a network in evaluation mode."""

    backend = "torch"

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.numbers = {name: getattr(network, name) for name in network.NUMBERS}
        self._device = next(network.parameters()).device

    @torch.inference_mode()
    def __call__(self, entry: str, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        given = (torch.from_numpy(np.ascontiguousarray(array)).to(self._device) for array in arrays)
        found = getattr(self.network, entry)(*given)
        return tuple(tensor.cpu().numpy() for tensor in ([found] if torch.is_tensor(found) else found))

    def zeros(self, entry: str, argument: str) -> np.ndarray:
        examples, _ = self.network.entries()[entry]
        names = list(inspect.signature(getattr(self.network, entry)).parameters)
        return np.zeros(examples[names.index(argument)].shape, np.float32)

    def tensor(self, name: str) -> np.ndarray:
        return self.network.state_dict()[name].float().cpu().numpy()
