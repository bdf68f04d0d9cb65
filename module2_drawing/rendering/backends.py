"""Backends: the networks of weight files, on a device and ready to draw."""

from __future__ import annotations

import os

import torch
from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError

from ..networks import OverpaintGenerator, WarpGenerator

SIZE = 256  # px that the networks work at

PathLike = str | os.PathLike[str]


def load_generator(found: checkpoints.Found, device: torch.device) -> WarpGenerator:
    """A warping generator with the width and depth that its weights have, in eval mode.

    Raises InputError that names the file where the weights are of another network.
    """
    state = checkpoints.load_state(found.path, found.known.inside)
    try:
        network = generator_class(state)(**generator_shape(state))
    except (KeyError, ValueError, IndexError, RuntimeError):
        raise InputError(f"{found.path} holds no warping generator; give its *_net_G_A.pth") from None
    checkpoints.load_into(network, state, found.path, found.known.ignore)
    return network.to(device).eval().requires_grad_(False)


def generator_class(state: dict[str, Tensor]) -> type[WarpGenerator]:
    """The class of a generator's state dict: one that overpaints draws an opacity beside the drawing."""
    input_nc, drawn = state["model_tri10.1.weight"].shape[1], _drawn_channels(state)
    return OverpaintGenerator if input_nc > 3 and drawn == input_nc - 2 else WarpGenerator


def generator_shape(state: dict[str, Tensor]) -> dict[str, int]:
    """The arguments of `generator_class` that a state dict was made with."""
    ngf, input_nc = state["model_tri10.1.weight"].shape[:2]
    n_blocks = 1 + max(layer_number(name) for name in state if name.startswith("model2."))
    with_landmarks = [i for i in range(n_blocks) if f"model2.{i}.shortcut.0.weight" in state]
    div = with_landmarks[1] - with_landmarks[0] if len(with_landmarks) > 1 else n_blocks
    disp = -with_landmarks[0] % div
    return {
        "input_nc": input_nc,
        "output_nc": _drawn_channels(state) - int(generator_class(state) is OverpaintGenerator),
        "ngf": ngf,
        "n_blocks": n_blocks,
        "div": div,
        "disp": disp,
    }


def _drawn_channels(state: dict[str, Tensor]) -> int:
    last = max(
        (name for name in state if name.startswith("model3.") and name.endswith(".bias")), key=layer_number
    )
    return len(state[last])


def layer_number(name: str) -> int:
    """The place in its stack that a tensor's name gives: 7 of `model3.7.bias`."""
    return int(name.split(".")[1])


def loaded(network: nn.Module, found: checkpoints.Found, device: torch.device) -> nn.Module:
    """A network with the weights of a file, on the device and fixed."""
    checkpoints.load_found(network, found)
    return network.to(device).eval().requires_grad_(False)
