#!/usr/bin/env python3
"""Encoder of the recogniser Moonshine tiny (MIT licence) → speech_encoder.safetensors.

    pip install onnxruntime
    python scripts/import_speech_encoder.py encoder_model.ort speech_encoder.safetensors --clips CLIPS

`encoder_model.ort` lies in the package moonshine-voice 0.0.48. Its matrices stay in their 8 bits, without
any loss; the rest is stored in half precision. Mean and deviation of the features are taken over the
training part of CLIPS, a cache of scripts/prepare_talking_clips.py. `--branch speech_encoder --init FILE` of
`python -m module1_audio2lmk.train` then teaches it to do with a bounded look-ahead.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.checkpoints import in_floats, load_into, save_safetensors
from module1_audio2lmk.foundation.errors import InputError, run_cli, say
from module1_audio2lmk.foundation.files import input_file
from module1_audio2lmk.networks.speech_encoder import SpeechEncoder
from module1_audio2lmk.training.clips import read_clips
from module1_audio2lmk.training.encoder_task import heard_whole, unbounded

#: Arguments of `SpeechEncoder`: frames ahead of each layer in streams and in whole sounds; before a frame.
FORM: dict[str, Any] = {"ahead": (3, 2, 2, 1), "whole_ahead": (32, 32, 32, 32), "past": 96}
_TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_}
_PARTS = {"o_proj": "output", "fc1": "widen", "fc2": "narrow"}


def read_ort(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Tensors by name, and the name of the matrix that each quantised product reads. Raises InputError where
    ONNX Runtime is missing, or the file is no model in its format.
    """
    try:
        from onnxruntime.tools.ort_format_model.ort_flatbuffers_py.fbs.InferenceSession import (
            InferenceSession,
        )
    except ImportError:
        raise InputError("install ONNX Runtime first: pip install onnxruntime") from None
    content = input_file(path, "encoder").read_bytes()
    if content[4:8] != b"ORTM":
        raise InputError(f"{path} is no model in the ORT format; give encoder_model.ort")
    graph = InferenceSession.GetRootAs(content, 0).Model().Graph()
    tensors, products = {}, {}
    for index in range(graph.InitializersLength()):
        tensor = graph.Initializers(index)
        shape = [tensor.Dims(k) for k in range(tensor.DimsLength())]
        values = np.frombuffer(tensor.RawDataAsNumpy().tobytes(), _TYPES[tensor.DataType()])
        tensors[tensor.Name().decode()] = values.reshape(shape)
    for index in range(graph.NodesLength()):
        node = graph.Nodes(index)
        if re.search("MatMul_quant$", node.Name().decode()):
            products[node.Name().decode()] = node.Inputs(1).decode().removesuffix("_quantized")
    return tensors, products


def state_of(path: Path, layers: int) -> dict[str, torch.Tensor]:
    """State dict of `SpeechEncoder` with matrices in 8 bits, as `load_state` reads it. Raises InputError
    where the file is not the encoder of Moonshine.
    """
    tensors, products = read_ort(path)
    state: dict[str, np.ndarray] = {}
    try:
        state["conv1.weight"] = tensors["conv1.weight_add_tensor"]
        state["norm"] = np.stack([tensors["onnx::Mul_2080"][:, 0], tensors["onnx::Add_2081"][:, 0]])
        for name in ("conv2", "conv3"):
            state |= {f"{name}.weight": tensors[f"{name}.weight_add_tensor"]}
            state |= {f"{name}.bias": tensors[f"{name}.bias"]}
        for index in range(layers):
            prefix, old = f"layers.{index}", f"/layers.{index}"
            state[f"{prefix}.attention_norm.weight"] = tensors[f"{prefix}.input_layernorm.weight"]
            state[f"{prefix}.feed_norm.weight"] = tensors[f"{prefix}.post_attention_layernorm.weight"]
            matrices = [products[f"{old}/self_attn/{part}_proj/MatMul_quant"] for part in "qkv"]
            state |= _in_rows(f"{prefix}.projection.weight", matrices, tensors)
            for part, name in _PARTS.items():
                room = "self_attn" if part == "o_proj" else "mlp"
                matrix = products[f"{old}/{room}/{part}/MatMul_quant"]
                state |= _in_rows(f"{prefix}.{name}.weight", [matrix], tensors)
                if room == "mlp":
                    state[f"{prefix}.{name}.bias"] = tensors[f"{prefix}.mlp.{part}.bias"]
    except KeyError as error:
        raise InputError(f"{path} is not the encoder of Moonshine tiny 0.0.48: it lacks {error}") from None
    return {name: torch.from_numpy(value.copy()) for name, value in state.items()}


def _in_rows(name: str, matrices: list[str], tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Matrices (in, out) of 8 bits one under the other as (out, in), a scale and a zero for each row."""
    values = [tensors[f"{matrix}_quantized"].T for matrix in matrices]

    def column(kind: str, dtype: type) -> np.ndarray:
        parts: list[np.ndarray] = [
            np.full((len(v), 1), tensors[m + kind], dtype) for m, v in zip(matrices, values, strict=True)
        ]
        return np.concatenate(parts)

    scale, zero = column("_scale", np.float32), column("_zero_point", np.uint8)
    return {name: np.concatenate(values), f"{name}.scale": scale, f"{name}.zero": zero}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("encoder", type=Path, metavar="FILE.ort")
    parser.add_argument("out", type=Path, metavar="FILE.safetensors")
    parser.add_argument("--clips", type=Path, required=True, metavar="CACHE", help="prepared talking clips")
    options = parser.parse_args()
    encoder = SpeechEncoder(**FORM).eval()
    state = state_of(options.encoder, len(encoder.layers))
    plain = {"mean": torch.zeros(encoder.width), "deviation": torch.ones(encoder.width)}
    floats = in_floats({name: value.numpy() for name, value in state.items()})
    load_into(encoder, {n: torch.from_numpy(a) for n, a in floats.items()} | plain, options.encoder)
    clips, _ = read_clips(options.clips)
    whole = unbounded(encoder)
    heard = np.concatenate([heard_whole(whole, clip.waveform) for clip in clips])
    state |= {"mean": torch.from_numpy(heard.mean(axis=0)), "deviation": torch.from_numpy(heard.std(axis=0))}
    write(options.out, state)
    say(f"the encoder is in {options.out}; its features were standardised over {len(clips)} clips")
    return 0


def write(path: Path, state: dict[str, torch.Tensor]) -> None:
    """Scales, means and deviations in full precision: half would change every feature a little."""
    halves = {
        name: value.half()
        if value.dtype == torch.float32 and not name.endswith(".scale") and name not in ("mean", "deviation")
        else value
        for name, value in state.items()
    }
    about = {"network": "SpeechEncoder", "arguments": json.dumps(FORM)}
    save_safetensors(path, halves, about | {"source": "moonshine-voice 0.0.48, MIT licence"}, half=False)


if __name__ == "__main__":
    run_cli(main)
