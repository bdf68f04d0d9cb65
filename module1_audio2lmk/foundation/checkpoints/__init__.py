"""Weight files: which there are, where they are looked for, and how one becomes a network.

Own files (.safetensors) say in their metadata which network they hold and with what arguments it is built;
published ones are named in one table, `KNOWN`. `build` makes the network of either.
"""

from .building import Network, build, describe, load_into, save_network, skeleton
from .known import KNOWN, SHIPPED, Found, KnownFile, find, known_file, known_run
from .state_dicts import faults_of, in_floats, load_state, read_metadata, save_safetensors, used_by

__all__ = [
    "KNOWN",
    "SHIPPED",
    "Found",
    "KnownFile",
    "Network",
    "build",
    "describe",
    "faults_of",
    "find",
    "in_floats",
    "known_file",
    "known_run",
    "load_into",
    "load_state",
    "read_metadata",
    "save_network",
    "save_safetensors",
    "skeleton",
    "used_by",
]
