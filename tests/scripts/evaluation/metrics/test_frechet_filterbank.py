import cv2
import numpy as np
import pytest

from scripts.evaluation.frechet import frechet_distance
from scripts.evaluation.metrics.frechet_filterbank import (
    GRID,
    ORIENTATIONS,
    SIZE,
    WAVELENGTHS,
    filterbank_features,
)

FILTERS = len(WAVELENGTHS) * ORIENTATIONS


def grating(wavelength: float, degrees: float) -> np.ndarray:
    y, x = np.mgrid[:SIZE, :SIZE]
    angle = np.radians(degrees)
    phase = 2 * np.pi / wavelength * (x * np.cos(angle) + y * np.sin(angle))
    return (127.5 + 100 * np.cos(phase)).astype(np.uint8)


def strokes(seed: int) -> np.ndarray:
    """A drawing: random dark lines on white."""
    random, page = np.random.default_rng(seed), np.full((SIZE, SIZE, 3), 255, np.uint8)
    for start, end in random.integers(0, SIZE, (30, 2, 2)):
        cv2.line(page, start.tolist(), end.tolist(), (0, 0, 0), 2, cv2.LINE_AA)
    return page


def test_a_grating_answers_in_its_own_filter() -> None:
    for scale, wavelength in enumerate(WAVELENGTHS):
        for orientation in range(ORIENTATIONS):
            picture = grating(wavelength, 180 / ORIENTATIONS * orientation)
            features = filterbank_features(picture[None])[0][: FILTERS * GRID**2]
            strongest = features.reshape(FILTERS, GRID**2).mean(1).argmax()
            assert strongest == scale * ORIENTATIONS + orientation


def test_ink_and_its_spread_by_hand() -> None:
    page = np.full((SIZE, SIZE), 255, np.uint8)
    page[:64, :32] = 0  # half of the first cell
    ink, spread = filterbank_features(page[None])[0][FILTERS * GRID**2 :].reshape(2, GRID**2)
    assert np.allclose(ink, [5] + [0] * 15, atol=1e-4)
    assert np.allclose(spread, [5] + [0] * 15, atol=1e-2)


def test_shape_and_determinism() -> None:
    frames = np.stack([strokes(seed) for seed in range(3)])
    features = filterbank_features(frames)
    assert features.shape == (3, 416)
    assert np.array_equal(features, filterbank_features(frames))
    assert np.array_equal(filterbank_features(frames[1:2])[0], features[1])


def blurred(frames: np.ndarray, amount: float) -> np.ndarray:
    return np.stack([cv2.GaussianBlur(frame, (0, 0), amount) for frame in frames])


def hazy(frames: np.ndarray, amount: float) -> np.ndarray:
    return (frames * (1 - amount / 10)).astype(np.uint8)


def speckled(frames: np.ndarray, amount: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 10 * amount, frames.shape[:3])
    return np.clip(frames + noise[..., None], 0, 255).astype(np.uint8)


@pytest.mark.parametrize("spoilt", [blurred, hazy, speckled])
def test_the_distance_grows_as_drawings_get_worse(spoilt) -> None:
    drawings = np.stack([strokes(seed) for seed in range(6)])
    reference = filterbank_features(drawings)
    distances = [
        frechet_distance(filterbank_features(spoilt(drawings, amount)), reference) for amount in (0.7, 1.5)
    ]
    assert 1 < distances[0] < distances[1] / 1.5
