"""Fields, seeded, that stand still from picture to picture: noise, paper, canvas; read-only and cached."""

from functools import lru_cache

import cv2
import numpy as np

from .line_drawing import WORKING_SIZE


def noise(shape: tuple[int, ...], scale: float, seed: int, octaves: int = 1, unit: float = 1.0) -> np.ndarray:
    """Smooth noise (h, w) float32, mean 0, standard deviation 1, features of about `scale` px.

    Each further octave has half the size and half the strength. The field is the same for all shapes, cut to
    size; beyond 512² px it goes on mirrored. unit: px that one px of this is, here and below.
    """
    return cut(_noise(float(scale), seed, octaves), shape, unit)


def paper(shape: tuple[int, ...], unit: float = 1.0) -> np.ndarray:
    """Height of cold-pressed watercolour paper, (h, w) float32, mean 0, standard deviation 1."""
    return cut(_paper(), shape, unit)


def canvas(shape: tuple[int, ...], unit: float = 1.0) -> np.ndarray:
    """Height of a primed linen weave, (h, w) float32, mean 0, standard deviation 1."""
    return cut(_canvas(), shape, unit)


def cut(field: np.ndarray, shape: tuple[int, ...], unit: float = 1.0) -> np.ndarray:
    """A field (512, 512) cut to a picture (h, w, …) of which `unit` px are one of it, mirrored beyond."""
    if unit != 1:
        height, width = (int(np.ceil(side / unit)) for side in shape[:2])
        whole = round(width * unit), round(height * unit)
        larger = cv2.resize(cut(field, (height, width)), whole, interpolation=cv2.INTER_CUBIC)
        return larger[: shape[0], : shape[1]]
    if max(shape[:2]) <= WORKING_SIZE:
        return field[: shape[0], : shape[1]]
    rows, columns = (np.arange(side) % (2 * WORKING_SIZE) for side in shape[:2])
    rows, columns = (np.minimum(places, 2 * WORKING_SIZE - 1 - places) for places in (rows, columns))
    return field[rows[:, None], columns]


@lru_cache(maxsize=32)
def _noise(scale: float, seed: int, octaves: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    total = np.zeros((WORKING_SIZE, WORKING_SIZE), np.float32)
    for octave in range(octaves):
        cells = max(2, round(WORKING_SIZE * 2**octave / scale))
        lattice = generator.standard_normal((min(cells, WORKING_SIZE),) * 2).astype(np.float32)
        layer = cv2.resize(lattice, (WORKING_SIZE, WORKING_SIZE), interpolation=cv2.INTER_CUBIC)
        total += layer * np.float32(0.5**octave / layer.std())
    return _standard(total)


@lru_cache(maxsize=1)
def _paper() -> np.ndarray:
    # Bumps of two sizes; flattened tops, deep pits, which is where pigment settles.
    bumps = _noise(5.0, 11, 1) + 0.6 * _noise(2.5, 12, 1) + 0.3 * _noise(24.0, 13, 1)
    return _standard(np.tanh(0.8 * bumps) + 0.15 * bumps)


@lru_cache(maxsize=1)
def _canvas() -> np.ndarray:
    y, x = np.indices((WORKING_SIZE, WORKING_SIZE), dtype=np.float32)
    # Threads wander a little and differ in thickness.
    x, y = x + 1.0 * _noise(40.0, 21, 2), y + 1.0 * _noise(40.0, 22, 2)
    pitch = np.float32(2 * np.pi / 4.5)
    weave = np.sin(pitch * x) * np.cos(pitch * y) + 0.3 * (np.sin(pitch * x) + np.sin(pitch * y))
    return _standard(weave * (1 + 0.25 * _noise(10.0, 23, 1)))


def _standard(field: np.ndarray) -> np.ndarray:
    field = ((field - field.mean()) / field.std()).astype(np.float32)
    field.flags.writeable = False
    return field
