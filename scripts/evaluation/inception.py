"""Inception v3 up to its pooled features, with torchvision's weights or those of the original FID network."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import Inception3
from torchvision.models.inception import InceptionA, InceptionC, InceptionE

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError

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


def _use_original_pooling(network: Inception3) -> None:
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
