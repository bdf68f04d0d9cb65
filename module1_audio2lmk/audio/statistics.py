"""Mean and deviation, band by band, of the audio features: what the networks' inputs are standardised by."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from ..foundation.errors import InputError

_FOLDER = Path(__file__).parent


def load_content_statistics(path: str | Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Mean (80,) and standard deviation (80,) of AutoVC content features.

    The published branches read (feature - mean) / deviation.

    Args:
        path: a text file of 160 numbers, means first, such as the published
            ``MEAN_STD_AUTOVC_RETRAIN_MEL_AU.txt``; by default the same numbers from the package.

    Raises:
        InputError: the file cannot be read or does not hold 80 means and 80 positive deviations.
    """
    if path is None:
        return _packaged("content_statistics.txt")
    try:
        numbers = np.loadtxt(path, dtype=np.float64)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the feature statistics {path}: {error}") from error
    mean, deviation = np.split(numbers.ravel(), 2) if numbers.size == 160 else (None, None)
    if mean is None or not np.isfinite(mean).all() or not (deviation > 0).all():
        raise InputError(f"{path} does not hold 80 means and 80 positive deviations")
    return mean, deviation


def speech_statistics() -> tuple[np.ndarray, np.ndarray]:
    """Mean (80,) and standard deviation (80,) of the mel front-end on speech of -20 dBFS, pauses left out."""
    return _packaged("speech_statistics.txt")


@lru_cache
def _packaged(name: str) -> tuple[np.ndarray, np.ndarray]:
    mean, deviation = np.loadtxt(_FOLDER / name, dtype=np.float64).T
    return mean, deviation
