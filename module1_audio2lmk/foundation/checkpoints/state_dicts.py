"""State dicts in files: read safely, checked against a network, written in half precision."""

import argparse
import os
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from ..data_files import UNREADABLE
from ..errors import InputError
from ..files import atomic_path, input_file
from .tensors import read_safetensors, sort_metadata

_HALF_MAX = 65504.0


def load_state(path: str | os.PathLike[str], key_inside: str | None = None) -> dict[str, Tensor]:
    """Read a state dict: .safetensors, or a torch file, which is never unpickled (weights_only).

    A torch file may hold the state dict itself or nest it under `key_inside`. A prefix `module.` common to
    all names goes; halves become float32, and so do matrices of 8 bits (see `read_safetensors`).

    Raises InputError where the file is missing, damaged or of another kind.
    """
    path = input_file(path, "checkpoint")
    if path.suffix == ".safetensors":
        state: object = {name: torch.from_numpy(array) for name, array in read_safetensors(path).items()}
    else:
        state = _nested(_read_torch(path), key_inside)
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in state.items()
    ):
        raise InputError(f"{path} holds no state dict of tensors; is it the right file?")
    if not state:
        raise InputError(f"{path} holds no tensor; is it the right file?")
    if all(name.startswith("module.") for name in state):
        state = {name.removeprefix("module."): value for name, value in state.items()}
    return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}


def in_bytes(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The other way round: matrices whose names begin with the prefix in 8 bits, a scale and a zero a row."""
    packed: dict[str, Tensor] = {}
    for name, value in state.items():
        if not name.startswith(prefix) or value.dim() != 2:
            packed[name] = value
            continue
        low, high = value.amin(1, keepdim=True).clamp(max=0), value.amax(1, keepdim=True).clamp(min=0)
        scale = ((high - low) / 255).half().clamp(min=1e-6)
        zero = (-low / scale.float()).round().clamp(0, 255)
        packed[name] = (value / scale.float() + zero).round().clamp(0, 255).byte()
        packed |= {f"{name}.scale": scale, f"{name}.zero": zero.byte()}
    return packed


def used_by(
    module: nn.Module, state: Mapping[str, Tensor], ignore: tuple[str, ...] = ()
) -> dict[str, Tensor]:
    """A state dict without the tensors to ignore: those of the prefixes, and statistics of instance norms."""
    return {
        name: value
        for name, value in state.items()
        if not any(name.startswith(prefix) for prefix in ignore) and not _unused_statistic(module, name)
    }


def faults_of(module: nn.Module, state: Mapping[str, Tensor]) -> list[str]:
    """Every reason why a state dict does not fit a network, one a tensor, in the order of the network."""
    wanted = module.state_dict()
    faults = []
    for name, tensor in wanted.items():
        if name not in state:
            # Older files lack this counter, which inference does not need.
            if not name.endswith("num_batches_tracked"):
                faults.append(f"missing {name}")
        elif state[name].shape != tensor.shape:
            faults.append(f"wrong shape of {name}: {tuple(state[name].shape)}, not {tuple(tensor.shape)}")
        elif state[name].is_floating_point() and not bool(torch.isfinite(state[name]).all()):
            faults.append(f"not finite {name}")
    return faults + [f"unexpected {name}" for name in state if name not in wanted]


def save_safetensors(
    path: str | os.PathLike[str],
    state: Mapping[str, Tensor],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a state dict, floats in fp16 where they fit. The file appears when complete."""
    tensors = {name: _stored(value) for name, value in state.items()}
    with atomic_path(path) as temporary:
        try:
            save_file(tensors, temporary, metadata=dict(metadata or {}))
            sort_metadata(temporary)
        except SafetensorError as error:
            reason = "the disk is full" if "No space" in str(error) else str(error)
            raise InputError(f"cannot write {path}: {reason}; choose another folder") from None


def _stored(value: Tensor) -> Tensor:
    # A clone: safetensors refuses tensors that share memory, as a backbone registered twice does.
    value = value.detach().cpu().clone().contiguous()
    if value.dtype == torch.float32 and (not value.numel() or float(value.abs().max()) <= _HALF_MAX):
        return value.half()
    return value


def _read_torch(path: Path) -> object:
    # Training scripts store their best score and options beside the weights; these types only hold values.
    harmless = [argparse.Namespace, np.dtype, np.core.multiarray.scalar, np.dtypes.Float32DType]  # type: ignore[attr-defined]
    harmless += [np.dtypes.Float64DType, np.dtypes.Int64DType]
    try:
        with torch.serialization.safe_globals(harmless), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old pickle protocols, which need no action
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).partition("WeightsUnpickler error:")[2].lower()
        if any(
            word in reason for word in ("unsupported global", "unsupported class", "reduce", "not allowed")
        ):
            raise InputError(f"{path} holds more than weights and is not opened; use another file") from None
        raise InputError(f"{path} is damaged or no checkpoint; copy it again") from None
    except UNREADABLE as error:
        raise InputError(f"{path} is damaged or no checkpoint ({str(error)[:100]}); copy it again") from None


def _nested(content: object, key_inside: str | None) -> object:
    if key_inside is None or not isinstance(content, Mapping) or key_inside in content:
        return content[key_inside] if key_inside and isinstance(content, Mapping) else content
    return content


def _unused_statistic(module: nn.Module, name: str) -> bool:
    """Instance norm saved with running statistics that it does not use (files of old PyTorch)."""
    owner, _, leaf = name.rpartition(".")
    if leaf not in ("running_mean", "running_var", "num_batches_tracked"):
        return False
    try:
        norm = module.get_submodule(owner)
    except AttributeError:
        return False
    return isinstance(norm, nn.modules.instancenorm._InstanceNorm) and getattr(norm, leaf) is None
