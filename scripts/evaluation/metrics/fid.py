"""FID: the Fréchet distance on Inception v3 features (Heusel et al. 2017), where its weights are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError

from ..inception import InceptionFeatures
from . import Features, Files, Metric, register

#: Names under which the weights lie in caches: the original FID network's two ports, and torchvision's.
FILE_NAMES = ("pt_inception-2015-12-05*.pth", "weights-inception-2015-12-05*.pth", "inception_v3_google*.pth")
_BATCH = 8


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
        available=lambda files: inception_file(files) is not None,
        files=lambda files: [path] if (path := inception_file(files)) else [],
    )
)
