"""FID: the Fréchet distance on Inception v3 features (Heusel et al. 2017), where its weights are at hand."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError

from . import Features, Files, Metric, register

#: Names under which the weights lie in caches: the original FID network's two ports, and torchvision's.
FILE_NAMES = ("pt_inception-2015-12-05*.pth", "weights-inception-2015-12-05*.pth", "inception_v3_google*.pth")
_BATCH = 8
_SIDE = 299
_FID_CLASSES = 1008  # the TensorFlow network of 2015 that FIDs are computed with
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class InceptionFeatures(nn.Module):
    """Images (B, 3, H, W) in [0, 1] → features (B, 2048).

    state: state dict of torchvision's `inception_v3`, or of the FID network (1008 classes), whose pooling
    leaves the padding out of the average, and takes the maximum in the last block. Raises InputError that
    names `path` where the weights are of another network.
    """

    def __init__(self, state: dict[str, Tensor], path: Path) -> None:
        from torchvision.models import Inception3  # as long to import as all of torch

        super().__init__()
        if "fc.weight" not in state or state["fc.weight"].ndim != 2:
            raise InputError(f"{path} holds no Inception v3; give its torchvision or FID weights")
        classes = len(state["fc.weight"])
        self.original = classes == _FID_CLASSES
        with torch.device("meta"):
            network = Inception3(classes, aux_logits=False, transform_input=False, init_weights=False)
        network = network.to_empty(device="cpu")
        checkpoints.load_into(network, state, path, ignore=("AuxLogits.",))
        if self.original:
            _use_original_pooling(network)
        network.fc = nn.Identity()
        self.network = network.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        images = F.interpolate(images, (_SIDE, _SIDE), mode="bilinear", align_corners=False, antialias=False)
        if self.original:
            return self.network(2 * images - 1)
        mean, std = (images.new_tensor(values)[:, None, None] for values in (_MEAN, _STD))
        return self.network((images - mean) / std)


def _use_original_pooling(network: nn.Module) -> None:
    from torchvision.models.inception import InceptionA, InceptionC, InceptionE

    for block in network.children():
        if isinstance(block, InceptionA | InceptionC):
            block.branch_pool.register_forward_pre_hook(_Repool(block, "average"))
    for block, kind in ((network.Mixed_7b, "average"), (network.Mixed_7c, "maximum")):
        assert isinstance(block, InceptionE)
        block.branch_pool.register_forward_pre_hook(_Repool(block, kind))


class _Repool:
    """Pool the block's input in another way just before the convolution that follows the pooling."""

    def __init__(self, block: nn.Module, kind: str) -> None:
        self._kind = kind
        self._input: Tensor | None = None
        block.register_forward_pre_hook(self._remember)

    def _remember(self, block: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        self._input = arguments[0]

    def __call__(self, convolution: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor]:
        assert self._input is not None
        if self._kind == "maximum":
            return (F.max_pool2d(self._input, 3, 1, 1),)
        return (F.avg_pool2d(self._input, 3, 1, 1, count_include_pad=False),)


def inception_file(files: Files) -> Path | None:
    """The weights that the user named, else those in the checkpoints folder or in torch's cache."""
    if files.inception is not None:
        return Path(files.inception)
    for folder in (Path(files.checkpoints_dir), Path(torch.hub.get_dir()) / "checkpoints"):
        for path in _matching(folder):
            return path
    return None


def _matching(folder: Path) -> Iterator[Path]:
    for pattern in FILE_NAMES:
        yield from sorted(folder.glob(pattern))


def _make(files: Files) -> Features:
    path = inception_file(files)
    if path is None:
        raise InputError(
            "the metric fid needs Inception v3 weights, which are not on this machine: give --inception "
            "FILE, or use frechet_filterbank, a Fréchet distance on own features and another scale"
        )
    network = InceptionFeatures(checkpoints.load_state(path), path)

    @torch.no_grad()
    def features(frames: np.ndarray) -> np.ndarray:
        parts = []
        for start in range(0, len(frames), _BATCH):
            images = torch.from_numpy(frames[start : start + _BATCH]).permute(0, 3, 1, 2).float() / 255
            parts.append(network(images).numpy())
        return np.concatenate(parts)

    return features


register(
    Metric(
        name="fid",
        label="FID",
        unit="",
        better="lower",
        decimals=1,
        definition="Fréchet distance between the frames and the reference drawings on the 2048 pooled "
        "features of Inception v3.",
        features=_make,
        files=lambda files: [path] if (path := inception_file(files)) else None,
    )
)
