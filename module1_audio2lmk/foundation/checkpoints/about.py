"""Descriptions: what weight files say of themselves, read without torch."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..data_files import parse_json, read_json
from ..errors import InputError
from ..files import input_file
from .known import Found, KnownFile, known_run
from .tensors import open_safetensors, read_safetensors

RUN = "options.json"  # beside the weights of a training run
PathLike = str | os.PathLike[str]


def read_metadata(path: PathLike) -> dict[str, str]:
    """The metadata of a .safetensors file."""
    with open_safetensors(input_file(path, "checkpoint")) as file:
        return file.metadata() or {}


def read_weights(path: PathLike) -> dict[str, np.ndarray]:
    """The tensors of a weight file, see `read_safetensors`; files of other kinds take torch."""
    path = input_file(path, "checkpoint")
    if path.suffix != ".safetensors":
        from .state_dicts import load_state

        return {name: tensor.numpy() for name, tensor in load_state(path).items()}
    return read_safetensors(path)


def describe(file: Found | PathLike) -> tuple[str, dict[str, Any]]:
    """Name and arguments of the network in a file: from its metadata, else from the options of the training
    run that it lies in, else as the table of known files says. Raises InputError where none of them does."""
    found = found_file(file)
    if found.own:
        return _own(found.path)
    known, run = found.known, found.path.with_name(found.known.companion or RUN)
    if not known.companion and not (known.options and run.is_file()):
        return known.network, dict(known.arguments)
    options = read_json(run, "options file", "copy the one that its weights came with")
    network = str(options.get(known.named_by or "", known.network))
    wanted = known.options if network == known.network or not known.companion else {}
    lacking = [option for option in wanted.values() if option not in options]
    if known.companion and lacking:
        raise InputError(f"{run} lacks the option {lacking[0]}; copy the one that its weights came with")
    given = {name: options[option] for name, option in wanted.items() if option in options}
    return network, {**known.arguments, **given}


def found_file(file: Found | PathLike) -> Found:
    """What `find` returns, of a path, too."""
    if isinstance(file, Found):
        return file
    path = input_file(file, "checkpoint")
    return Found(path, "user", KnownFile("", "") if path.suffix == ".safetensors" else known_run(path))


def _own(path: Path) -> tuple[str, dict[str, Any]]:
    metadata = read_metadata(path)
    if "network" not in metadata or "arguments" not in metadata:
        raise InputError(f"{path} does not say what network it holds; export it again")
    what = "file with the arguments of a network"
    return metadata["network"], parse_json(metadata["arguments"], path, what, "use another file")
