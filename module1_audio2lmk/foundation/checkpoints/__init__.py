"""Weight files: which there are, where they are looked for, and how one becomes a network.

Own files (.safetensors) say in their metadata which network they hold and with what arguments it is built;
published ones are named in one table, `KNOWN`. `build` makes the network of either; what does not need torch
(`find`, `describe`, `read_metadata`) does not import it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .about import describe, read_metadata, read_weights
from .known import KNOWN, SHIPPED, Found, KnownFile, find, known_file, known_run

if TYPE_CHECKING:
    from .building import Network, build, load_into, save_network, skeleton
    from .state_dicts import faults_of, load_state, save_safetensors, used_by

_BY_TORCH = {
    "building": ("Network", "build", "load_into", "save_network", "skeleton"),
    "state_dicts": ("faults_of", "load_state", "save_safetensors", "used_by"),
}


def __getattr__(name: str) -> Any:
    for module, names in _BY_TORCH.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
