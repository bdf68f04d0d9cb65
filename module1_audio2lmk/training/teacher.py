"""Labeller: how the mouth moves with what a speech encoder hears.

The encoder has learnt from many hours what sounds are; a linear map from its features to the mouths of
talking clips needs few minutes of them. It serves training alone: networks that are shipped hear the mel.
"""

from typing import NamedTuple

import numpy as np

_REACH, _STRIDE = 2, 3  # the label of a frame comes from 2 frames each side, 3 apart, and the frame itself


class Labeller(NamedTuple):
    """A linear map from features in context to shapes: (x - mean) / deviation @ weights + offset."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    offset: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Features (T, F) → shapes (T, K) float32."""
        standard = (in_context(features) - self.mean) / self.deviation
        return (standard @ self.weights + self.offset).astype(np.float32)


def in_context(features: np.ndarray) -> np.ndarray:
    """Features (T, F) with those of four frames around each, (T, 5 F); the ends are repeated."""
    reach = _REACH * _STRIDE
    padded = np.pad(features, ((reach, reach), (0, 0)), mode="edge")
    return np.concatenate(
        [padded[start : start + len(features)] for start in range(0, 2 * reach + 1, _STRIDE)], axis=1
    )


def fit_labeller(features: list[np.ndarray], shapes: list[np.ndarray], ridge: float = 1.0) -> Labeller:
    """Ridge regression from the features (T, F) of each clip to its shapes (T, K).

    Args:
        ridge: penalty on the weights of standardised features, in units of their variance.
    """
    data = np.concatenate([in_context(part) for part in features]).astype(np.float64)
    wanted = np.concatenate(shapes).astype(np.float64)
    mean, deviation, offset = data.mean(axis=0), data.std(axis=0) + 1e-3, wanted.mean(axis=0)
    data = (data - mean) / deviation
    normal = data.T @ data + ridge * len(data) * np.eye(data.shape[1])
    return Labeller(mean, deviation, np.linalg.solve(normal, data.T @ (wanted - offset)), offset)
