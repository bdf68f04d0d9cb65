"""Pseudo-labels: speech without a picture, labelled by a teacher; one safe file (.npz, no pickles) each.

The teacher is a speech encoder, which has learnt from many hours what sounds are; a linear map from its
features to the mouths of talking clips needs few minutes of them.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..foundation.data_files import Expected, read_arrays, write_arrays
from ..foundation.errors import InputError

_EXPECTED = {
    "mels": Expected(("versions", "mel frames", 80), "f", least=0),
    "shape": Expected(("frames", "components"), "f"),
    "heard": Expected(("frames", "features"), "f"),
    "basis": Expected(("components", 204), "f"),
}
#: Features (T, F) → shapes (T, K) float32.
Labeller = Callable[[np.ndarray], np.ndarray]
_REACH, _STRIDE = 2, 3  # the label of a frame comes from 2 frames each side, 3 apart, and the frame itself


@dataclass(frozen=True)
class PseudoLabels:
    """T frames of speech at 62.5 Hz as a teacher hears it.

    name: of the recording; that of a clip where they are about its sound.
    mels: (V, T, 80) versions of the mel, not normalised, dry and in rooms; V = 0 for a clip's sound.
    shape: (T, K) mouth that the teacher expects, in the face space ``basis`` (K, 204).
    heard: (T, F) features of the teacher, standardised.
    """

    name: str
    mels: np.ndarray
    shape: np.ndarray
    heard: np.ndarray
    basis: np.ndarray


def write_pseudo_labels(path: str | os.PathLike[str], labels: PseudoLabels) -> None:
    """Store pseudo-labels, all but their basis in half precision."""
    arrays = {key: getattr(labels, key).astype(np.float16) for key in ("mels", "shape", "heard")}
    write_arrays(path, basis=labels.basis.astype(np.float32), **arrays)


def read_pseudo_labels(path: str | os.PathLike[str]) -> PseudoLabels:
    """Read pseudo-labels that `write_pseudo_labels` stored; their arrays stay in half precision. Raises
    InputError where the file is missing, damaged or of another kind."""
    return PseudoLabels(Path(path).stem, **read_arrays(path, _EXPECTED, "pseudo-labels", "prepare it again"))


def read_all_pseudo_labels(folder: str | os.PathLike[str]) -> list[PseudoLabels]:
    """All pseudo-labels of a folder in order of name. Raises InputError where the folder does not exist or
    holds none, or a file is damaged."""
    files = sorted(Path(folder).glob("*.npz")) if Path(folder).is_dir() else []
    if not files:
        raise InputError(
            f"{folder} holds no pseudo-labels (.npz); prepare some with scripts/prepare_pseudo_labels.py"
        )
    return [read_pseudo_labels(file) for file in files]


def in_context(features: np.ndarray) -> np.ndarray:
    """Features (T, F) with those of four frames around each, (T, 5 F); the ends are repeated."""
    reach = _REACH * _STRIDE
    padded = np.pad(features, ((reach, reach), (0, 0)), mode="edge")
    return np.concatenate(
        [padded[start : start + len(features)] for start in range(0, 2 * reach + 1, _STRIDE)], axis=1
    )


def fit_labeller(features: list[np.ndarray], shapes: list[np.ndarray], ridge: float = 1.0) -> Labeller:
    """Ridge regression from the features (T, F) of each clip, in context, to its shapes (T, K).

    ridge: penalty on the weights of standardised features, in units of their variance.
    """
    from sklearn.linear_model import Ridge  # a second to import
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = np.concatenate([in_context(part) for part in features]).astype(np.float64)
    model = make_pipeline(StandardScaler(), Ridge(ridge * len(data)))
    model.fit(data, np.concatenate(shapes).astype(np.float64))
    return lambda part: model.predict(in_context(part)).astype(np.float32).reshape(len(part), -1)
