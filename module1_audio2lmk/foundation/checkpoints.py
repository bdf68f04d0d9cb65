"""Which weight files exist, where they are looked for, and how they are loaded: safely, and by name."""

from __future__ import annotations

import argparse
import math
import os
import pickle
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from .data_files import UNREADABLE, parse_json
from .errors import InputError
from .files import atomic_path, input_file

#: The weights trained here: beside this file once installed (see setup.py), checkpoints/ in a clone.
SHIPPED = next(
    path
    for path in (
        Path(__file__).resolve().with_name("shipped"),
        Path(__file__).resolve().parents[2] / "checkpoints",
    )
    if path.is_dir()
)
# The published archives unpack into one folder a module; users merge them, or not.
_PLACES = ("", "Module1/checkpoints", "Module2/checkpoints", "Module1", "Module2", "checkpoints")
_HALF_MAX = 65504.0
_SHOWN = 3
_LARGEST_ARGUMENT = 1e4  # sizes that networks are built with stay far below


@dataclass(frozen=True)
class KnownFile:
    """One weight file that the project knows.

    published: path below the checkpoints folder. inside: name of the state dict within the file, if nested.
    default: path of own weights below the same folder or the shipped one. instead: what does the work when
    neither is there. ignore: prefixes of tensors to leave out. companion: file that has to lie beside it.
    """

    published: str
    inside: str | None = None
    default: str | None = None
    instead: str = ""
    ignore: tuple[str, ...] = ()
    companion: str | None = None


@dataclass(frozen=True)
class Found:
    """A weight file on disk; origin: "published", "default" (trained here) or "user" (named by the user)."""

    path: Path
    origin: str
    known: KnownFile


KNOWN: dict[str, KnownFile] = {
    "autovc": KnownFile("ckpt_autovc.pth", "model", instead="the mel of the voice itself"),
    "content_branch": KnownFile(
        "ckpt_content_branch.pth", "model_g_face_id", default="default/content_branch.safetensors"
    ),
    "speaker_branch": KnownFile(
        "ckpt_speaker_branch.pth",
        "G",
        default="default/speaker_branch.safetensors",
        instead="the pose generator moves the head",
        ignore=("comb_mlp.",),
    ),
    "speaker_encoder": KnownFile(
        "pretrained.pt",
        "model_state",
        default="default/speaker_encoder.safetensors",
        instead="one neutral speaker",
    ),
    # there is no published one: a user may put one of this name beside the published files
    "pose_generator": KnownFile(
        "pose_generator.safetensors", default="default/pose_generator.safetensors", instead="a still head"
    ),
    "generator_drawing": KnownFile(
        "formal/drawing/70_net_G_A.pth", default="default/generator_drawing.safetensors"
    ),
    "generator_cartoon": KnownFile(
        "formal/cartoon/70_net_G_A.pth",
        default="default/generator_cartoon.safetensors",
        instead="the moved static cartoon",
    ),
    "generator_oil": KnownFile(
        "formal/oil/70_net_G_A.pth",
        default="default/generator_oil.safetensors",
        instead="the moved static oil painting",
    ),
    "generator_watercolour": KnownFile(
        "formal/watercolour/70_net_G_A.pth",
        default="default/generator_watercolour.safetensors",
        instead="the moved static watercolour",
    ),
    "flow_regression": KnownFile(
        "FlowReg_id_flow_faces/best_net_netF.pth",
        default="default/flow_regression.safetensors",
        instead="the landmark spline as flow",
        companion="train_opt.json",
    ),
    "modnet": KnownFile(
        "modnet_photographic_portrait_matting.ckpt", instead="the selfie segmentation of MediaPipe"
    ),
    "static_drawing": KnownFile("static/drawing.pth", instead="the procedural line drawing"),
    "static_cartoon": KnownFile("static/cartoon.pt", "genA2B", instead="the procedural cartoon"),
    "mobilefacenet": KnownFile(
        "mobilefacenet_model_best.pth.tar",
        "state_dict",
        default="default/landmark_net.safetensors",
        instead="no geometry loss in training",
    ),
    "sphereface": KnownFile(
        "sphere20a_20171020.pth",
        default="default/identity_net.safetensors",
        instead="no identity loss in training",
    ),
}


def known_file(key: str) -> KnownFile:
    """KNOWN[key]; for "generator_NAME" of a style that was added, files that are named as the others'."""
    if key in KNOWN or not key.startswith("generator_"):
        return KNOWN[key]
    name = key.removeprefix("generator_")
    default = f"default/{key}.safetensors"
    return KnownFile(f"formal/{name}/70_net_G_A.pth", default=default, instead=f"the moved static {name}")


def find(
    key: str,
    checkpoints_dir: str | os.PathLike[str] = "checkpoints",
    override: str | os.PathLike[str] | None = None,
    own: bool = False,
) -> Found | None:
    """Where the weights of a key are: the override, else a published file, else own defaults, else None.

    `own` leaves published files out: those of networks that hear what another own network says mean nothing
    to it. Own defaults are looked for in `checkpoints_dir`, then among those shipped. Raises InputError where
    the override or a folder other than the standard one does not exist.
    """
    known = known_file(key)
    if override is not None:
        return Found(input_file(override, "checkpoint"), "user", known)
    folder = Path(checkpoints_dir)
    if not folder.is_dir() and str(checkpoints_dir) != "checkpoints":
        raise InputError(f"no checkpoints folder {folder}; check --checkpoints_dir")
    for place in () if own else _PLACES:
        if (path := folder / place / known.published).is_file():
            return Found(path, "published", known)
    for root in (folder, SHIPPED):
        if known.default and (path := root / known.default).is_file():
            return Found(path, "default", known)
    return None


def load_state(path: str | os.PathLike[str], key_inside: str | None = None) -> dict[str, Tensor]:
    """Read a state dict: .safetensors, or a torch file, which is never unpickled (weights_only).

    A torch file may hold the state dict itself or nest it under `key_inside`. A prefix `module.` common to
    all names goes; halves become float32. Raises InputError where the file is missing, damaged or of another
    kind.
    """
    path = input_file(path, "checkpoint")
    if path.suffix == ".safetensors":
        state: object = _read_safetensors(path)
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


def load_into(
    module: nn.Module, state: Mapping[str, Tensor], path: str | os.PathLike[str], ignore: tuple[str, ...] = ()
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


def load_found(module: nn.Module, found: Found) -> None:
    """`load_state` and `load_into` for a file that `find` returned."""
    load_into(module, load_state(found.path, found.known.inside), found.path, found.known.ignore)


def build_found(kind: Callable[..., nn.Module], found: Found) -> nn.Module:
    """The network in a file that `find` returned, with its weights, in evaluation mode.

    It is built with the `arguments_of` the file; InputError where they or its tensors do not fit.
    """
    network = build(kind, found.path)
    load_found(network, found)
    return network.eval()


def build(kind: Callable[..., nn.Module], path: str | os.PathLike[str]) -> nn.Module:
    """A network without weights, made with the `arguments_of` a file. InputError where they do not fit."""
    arguments = arguments_of(path)
    _check_numbers(arguments.values(), path)
    try:
        # Without memory first: what a file asks for must not be larger than what it holds.
        if arguments:
            with torch.device("meta"):
                asked = sum(tensor.numel() for tensor in kind(**arguments).state_dict().values())
            if asked > 2 * held_numbers(path):
                raise ValueError(f"it asks for {asked} numbers and holds {held_numbers(path)}")
        return kind(**arguments)
    except (TypeError, ValueError, LookupError, RuntimeError, ArithmeticError, AttributeError) as error:
        raise InputError(f"{path} does not fit {kind.__name__} ({error}); use another file") from None


def _check_numbers(values: Iterable[object], path: str | os.PathLike[str]) -> None:
    for value in values:
        if isinstance(value, list | tuple):
            _check_numbers(value, path)
        elif isinstance(value, int | float) and not abs(value) <= _LARGEST_ARGUMENT:
            raise InputError(f"{path} asks for a network of impossible size ({value:.6g}); use another file")


def held_numbers(path: str | os.PathLike[str]) -> int:
    """How many numbers the tensors of a .safetensors file hold, by its header."""
    with _open_safetensors(input_file(path, "checkpoint")) as file:
        names = file.keys()
        return sum(math.prod(file.get_slice(name).get_shape()) for name in names)


def arguments_of(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a network is built with, as the metadata `arguments` of a .safetensors file tell; else {}."""
    if Path(path).suffix != ".safetensors":
        return {}
    text = read_metadata(path).get("arguments", "{}")
    return parse_json(text, path, "file with the arguments of a network", "use another file")


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
    half: bool = True,
) -> None:
    """Write a state dict; `half` stores floats in fp16 where they fit. The file appears when complete."""
    tensors = {name: _stored(value, half) for name, value in state.items()}
    with atomic_path(path) as temporary:
        try:
            save_file(tensors, temporary, metadata=dict(metadata or {}))
        except SafetensorError as error:
            reason = "the disk is full" if "No space" in str(error) else str(error)
            raise InputError(f"cannot write {path}: {reason}; choose another folder") from None


def read_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """The metadata of a .safetensors file."""
    with _open_safetensors(input_file(path, "checkpoint")) as file:
        return file.metadata() or {}


def _stored(value: Tensor, half: bool) -> Tensor:
    # A clone: safetensors refuses tensors that share memory, as a backbone registered twice does.
    value = value.detach().cpu().clone().contiguous()
    if half and value.dtype == torch.float32 and (not value.numel() or float(value.abs().max()) <= _HALF_MAX):
        return value.half()
    return value


def _open_safetensors(path: Path) -> safe_open:
    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, *UNREADABLE) as error:
        raise InputError(f"{path} is damaged or no safetensors file ({error}); copy it again") from None


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    with _open_safetensors(path) as file:
        try:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        except (SafetensorError, *UNREADABLE) as error:
            raise InputError(f"{path} is damaged ({error}); copy it again") from None


def _read_torch(path: Path) -> object:
    # Training scripts store their best score and options beside the weights; these types only hold values.
    harmless = [argparse.Namespace, np.dtype, np.core.multiarray.scalar, np.dtypes.Float32DType]
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
