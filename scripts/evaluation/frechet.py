"""Fréchet distance of two sets of features as of two Gaussians (Heusel et al. 2017)."""

import numpy as np

from module1_audio2lmk.foundation.errors import InputError


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½) of features (N, D) and (M, D), N, M ≥ 2; covariances unbiased.

    tr (Σ₁ Σ₂)^½ is the sum of the singular values of A₁ A₂ᵀ where Σ = Aᵀ A, so that no square root of a
    singular D × D matrix is needed when there are fewer samples than features.
    """
    if min(len(first), len(second)) < 2:
        raise InputError("a Fréchet distance needs at least 2 frames on both sides; give longer clips")
    mean_difference = first.mean(0, dtype=np.float64) - second.mean(0, dtype=np.float64)
    a, b = root(first), root(second)
    cross = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(mean_difference @ mean_difference + (a * a).sum() + (b * b).sum() - 2 * cross)


def root(features: np.ndarray) -> np.ndarray:
    """A (K, D), K = min(N, D), with Aᵀ A = the covariance of features (N, D)."""
    centred = (features - features.mean(0, dtype=np.float64)) / np.sqrt(len(features) - 1)
    if len(centred) <= centred.shape[1]:
        return centred
    return np.linalg.qr(centred, mode="r")  # type: ignore[return-value]
