"""FID: the Fréchet distance on Inception v3 features (Heusel et al. 2017), where its weights are at hand."""

from pathlib import Path

import numpy as np
import torch

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError

from . import Features, Files, Metric, register

#: The network of 2015 that FIDs are computed with, as its two ports name it in caches.
FILE_NAMES = ("pt_inception-2015-12-05*.pth", "weights-inception-2015-12-05*.pth")
_BATCH = 8


def inception_file(files: Files) -> Path | None:
    """The weights that the user named, else those in the checkpoints folder or in torch's cache."""
    if files.inception is not None:
        return Path(files.inception)
    folders = (Path(files.checkpoints_dir), Path(torch.hub.get_dir()) / "checkpoints")
    found = (path for folder in folders for name in FILE_NAMES for path in sorted(folder.glob(name)))
    return next(found, None)


def _make(files: Files) -> Features:
    path = inception_file(files)
    if path is None:
        raise InputError(
            "the metric fid needs Inception v3 weights, which are not on this machine: give --inception "
            "FILE, or use frechet_filterbank, a Fréchet distance on own features and another scale"
        )
    from torch_fidelity import FeatureExtractorInceptionV3

    # The package unpickles this file: make sure that it holds tensors and nothing else.
    checkpoints.load_state(path)
    try:
        network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(path))
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:100]
        raise InputError(f"{path} is not the Inception v3 of FIDs ({reason}); give its weights") from None

    @torch.no_grad()
    def features(frames: np.ndarray) -> np.ndarray:
        images = torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2)
        return np.concatenate([network(part)[0].numpy() for part in images.split(_BATCH)])

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
