"""Fréchet distance whose features need no weights: a bank of log-Gabor filters.

The numbers are on a scale of their own and cannot be compared with an FID. The features see what
distinguishes drawings: how much ink lies where, in strokes of which width and direction, how crisp and how
busy. Field, "Relations between the statistics of natural images and the response properties of cortical
cells" (1987) has the filters.
"""

from functools import cache

import cv2
import numpy as np
from scipy import fft

from . import Metric, register

SIZE = 256
WAVELENGTHS = (4, 8, 16, 32)  # px
ORIENTATIONS = 6
GRID = 4  # cells in each direction
_BANDWIDTH = 0.6  # σ of the logarithm of the frequency: about 1.7 octaves
_SPREAD = 1.2  # σ of the angle, in parts of the step between orientations
_GAIN = 10.0


def filterbank_features(frames: np.ndarray) -> np.ndarray:
    """(T, H, W, 3) or (T, H, W) uint8 → (T, 416) float32.

    Of each of 4 × 4 cells: the square roots of the mean amplitudes of 4 wavelengths × 6 orientations, then
    ink (1 − lightness) and its standard deviation.
    """
    return np.stack([_features(frame) for frame in frames])


def _features(frame: np.ndarray) -> np.ndarray:
    grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    if grey.shape != (SIZE, SIZE):
        grey = cv2.resize(grey, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    ink = 1 - grey.astype(np.float32) / 255
    spectrum = fft.fft2(ink)
    amplitudes = [_cells(np.abs(response)) for response in _responses(spectrum)]
    mean = _cells(ink)
    spread = np.sqrt(np.maximum(_cells(ink * ink) - mean**2, 0))
    return np.concatenate([*(_GAIN * np.sqrt(a) for a in amplitudes), _GAIN * mean, _GAIN * spread])


def _responses(spectrum: np.ndarray) -> list[np.ndarray]:
    """Complex responses, one a filter. Those of long wavelengths are computed on fewer pixels."""
    responses = []
    for wavelength in WAVELENGTHS:
        size = SIZE * WAVELENGTHS[0] // wavelength
        low = _low_frequencies(spectrum, size)
        responses += [fft.ifft2(low * kernel) for kernel in _filters(size)]
    return responses


def _low_frequencies(spectrum: np.ndarray, size: int) -> np.ndarray:
    """The size² lowest frequencies of a spectrum, scaled so that the picture keeps its values."""
    index = fft.fftfreq(size, 1 / size).astype(int)
    return spectrum[np.ix_(index, index)] * (size / len(spectrum)) ** 2


@cache
def _filters(size: int) -> tuple[np.ndarray, ...]:
    """Log-Gabor filters of 4 px of a size² picture, in the frequency plane, one an orientation."""
    y, x = np.meshgrid(fft.fftfreq(size), fft.fftfreq(size), indexing="ij")
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    radius[0, 0] = 1
    radial = np.exp(-0.5 * (np.log(radius * WAVELENGTHS[0]) / _BANDWIDTH) ** 2)
    radial[0, 0] = 0
    step = np.pi / ORIENTATIONS
    filters = []
    for orientation in range(ORIENTATIONS):
        turned = np.angle(np.exp(1j * (angle - orientation * step)))
        # Half of the frequency plane alone: the response is complex, and its amplitude has no ripples.
        filters.append((2 * radial * np.exp(-0.5 * (turned / (_SPREAD * step)) ** 2)).astype(np.float32))
    return tuple(filters)


def _cells(image: np.ndarray) -> np.ndarray:
    """Mean over each of 4 × 4 cells, (16,)."""
    side = len(image) // GRID
    return image.reshape(GRID, side, GRID, side).mean((1, 3)).ravel()


register(
    Metric(
        name="frechet_filterbank",
        label="Fréchet (filter bank)",
        unit="",
        better="lower",
        decimals=2,
        definition="Fréchet distance between the frames and the reference drawings on 416 features of a "
        "log-Gabor filter bank; own features, not an FID.",
        features=lambda files: filterbank_features,
    )
)
