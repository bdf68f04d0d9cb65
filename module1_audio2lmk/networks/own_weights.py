"""Own weight files say in their metadata which network they hold and with what arguments it is built."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from torch import nn

from ..foundation.checkpoints import build, load_into, load_state, read_metadata, save_safetensors
from ..foundation.errors import InputError
from .autovc import AutoVC
from .content_branch import ContentBranch
from .pose_generator import PoseGenerator
from .speaker_branch import SpeakerBranch
from .speaker_encoder import SpeakerEncoder
from .streaming_content_branch import StreamingContentBranch

NETWORKS: dict[str, type[nn.Module]] = {
    network.__name__: network
    for network in (
        AutoVC,
        ContentBranch,
        PoseGenerator,
        SpeakerBranch,
        SpeakerEncoder,
        StreamingContentBranch,
    )
}


def save_own(
    path: str | os.PathLike[str], network: nn.Module, arguments: dict[str, Any], about: dict[str, str]
) -> None:
    """Write weights with the class and arguments that rebuild the network; ``about`` joins the metadata."""
    metadata = {"network": type(network).__name__, "arguments": json.dumps(arguments)}
    save_safetensors(path, network.state_dict(), metadata | about)


def is_own(path: str | os.PathLike[str]) -> bool:
    """True for a file that `save_own` wrote."""
    return Path(path).suffix == ".safetensors" and "network" in read_metadata(path)


def holds(path: str | os.PathLike[str], kind: type[nn.Module]) -> bool:
    """True for a file of `save_own` with a network of class ``kind``."""
    return is_own(path) and read_metadata(path)["network"] == kind.__name__


def build_own(path: str | os.PathLike[str]) -> nn.Module:
    """The network that a file of `save_own` describes, without its weights.

    Raises:
        InputError: the file is damaged or does not describe a known network.
    """
    kind = NETWORKS.get(read_metadata(path).get("network", ""))
    if kind is None:
        raise InputError(f"{path} does not say what network it holds; use another file")
    return build(kind, path)


def load_own(path: str | os.PathLike[str], kind: type[nn.Module]) -> nn.Module:
    """A network of class ``kind`` with the weights of a file of `save_own`, in evaluation mode.

    Raises:
        InputError: the file is damaged, holds another network, or its tensors do not fit.
    """
    network = build_own(path)
    if not isinstance(network, kind):
        raise InputError(f"{path} holds a {type(network).__name__}, not a {kind.__name__}; use another file")
    load_into(network, load_state(path), path)
    return network.eval()
