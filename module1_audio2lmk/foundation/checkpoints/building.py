"""Building of networks: from a weight file to the network that it holds, and back."""

import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..data_files import UNREADABLE
from ..errors import InputError
from .about import PathLike, describe, found_file
from .known import Found
from .state_dicts import faults_of, in_bytes, load_state, save_safetensors, used_by

#: Packages whose table NETWORKS maps names to classes; imported when a file has to be built.
PACKAGES = ("module1_audio2lmk.networks", "module2_drawing.networks")
_SHOWN = 3
_LARGEST_ARGUMENT = 1e4  # sizes that networks are built with stay far below
Network = TypeVar("Network", bound=nn.Module)


def build(file: Found | PathLike, kind: type[Network] = nn.Module) -> Network:
    """The network of class `kind` that a file holds, with its weights, in evaluation mode.

    file: what `find` returned, or the path of an own file or of a training run's EPOCH_net_NAME.pth. Raises
    InputError where the file is damaged, does not say what it holds, holds something else, or its tensors do
    not fit.
    """
    found = found_file(file)
    state = load_state(found.path, found.known.inside)
    network = skeleton(found, state)
    if not isinstance(network, kind):
        name = type(network).__name__
        raise InputError(f"{found.path} holds a {name}, not a {kind.__name__}; use another file")
    load_into(network, state, found.path, found.known.ignore)
    return network.eval()


def skeleton(file: Found | PathLike, state: Mapping[str, Tensor]) -> nn.Module:
    """The network that a file describes, without the weights, which are `state`.

    Raises InputError where it describes none, or one that is much larger than what it holds.
    """
    found = found_file(file)
    name, arguments = describe(found)
    kind = next((kind for package in PACKAGES if (kind := import_module(package).NETWORKS.get(name))), None)
    if kind is None:
        raise InputError(f"{found.path} holds a network {name} that is not known here; use another file")
    _check_numbers(arguments.values(), found.path)
    try:
        if arguments != found.known.arguments:
            # Without memory first: what a file asks for must not be larger than what it holds.
            with torch.device("meta"):
                asked = sum(tensor.numel() for tensor in kind(**arguments).state_dict().values())
            if asked > 2 * (held := sum(tensor.numel() for tensor in state.values())):
                raise ValueError(f"it asks for {asked} numbers and holds {held}")
        return kind(**arguments)
    except (*UNREADABLE, InputError) as error:
        raise InputError(f"{found.path} does not fit {kind.__name__} ({error}); use another file") from None


def _check_numbers(values: Iterable[object], path: Path) -> None:
    for value in values:
        if isinstance(value, list | tuple):
            _check_numbers(value, path)
        elif isinstance(value, int | float) and not abs(value) <= _LARGEST_ARGUMENT:
            raise InputError(f"{path} asks for a network of impossible size ({value:.6g}); use another file")


def save_network(
    path: PathLike,
    network: nn.Module,
    arguments: Mapping[str, Any],
    about: Mapping[str, str] | None = None,
    packed: str | None = None,
) -> None:
    """Write weights in half precision with the name and the arguments that rebuild their network; `about`
    joins the metadata. Matrices whose names begin with ``packed`` are stored in 8 bits."""
    metadata = {"network": type(network).__name__, "arguments": json.dumps(dict(arguments))}
    state = network.state_dict()
    state = state if packed is None else in_bytes(state, packed)
    save_safetensors(path, state, metadata | dict(about or {}))


def load_into(
    module: nn.Module, state: Mapping[str, Tensor], path: PathLike, ignore: tuple[str, ...] = ()
) -> None:
    """Load a state dict into a network, every name and shape as it should be.

    Raises InputError that names the file and the first faults (see `faults_of`).
    """
    state = used_by(module, state, ignore)
    faults = faults_of(module, state)
    if faults:
        more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise InputError(f"{path} does not fit {type(module).__name__}: {', '.join(faults[:_SHOWN])}{more}")
    module.load_state_dict(state, strict=False)
