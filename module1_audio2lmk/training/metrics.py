"""Fit of predicted faces to a clip: openings, velocities, lip shapes. Pure functions on NumPy."""

import numpy as np

from ..audio.waveform import FRAME_RATE
from ..foundation.face.geometry import LIPS, MOUTH_CORNERS, inner_gap
from ..foundation.face.pose import apply_pose, umeyama
from ..foundation.tracks import read_between
from .sync import correlation

CLIP_RATE = 25.0
MAX_LAG = 0.08


def relative_gap(landmarks: np.ndarray) -> np.ndarray:
    """Inner-lip gap over mouth width, (T, 68, D) → (T,)."""
    right, left = MOUTH_CORNERS
    width = np.linalg.norm(landmarks[:, left, :2] - landmarks[:, right, :2], axis=-1)
    return np.abs(inner_gap(landmarks)) / np.maximum(width, 1e-9)


def at_clip_rate(track: np.ndarray, shift: float = 0.0, rate: float = FRAME_RATE) -> np.ndarray:
    """A track (T, ...) at ``rate`` → at 25 Hz by linear interpolation, read ``shift`` seconds later."""
    seconds = (len(track) - 1) / rate
    return read_between(track, (np.arange(int(seconds * CLIP_RATE) + 1) / CLIP_RATE + shift) * rate)


def _lags() -> np.ndarray:
    steps = round(MAX_LAG * CLIP_RATE)
    return np.arange(-steps, steps + 1) / CLIP_RATE


def _best_lag(predicted: np.ndarray, true: np.ndarray, rate: float, order: int = 0) -> tuple[float, float]:
    """The highest correlation, at 25 Hz, of two openings (T,) or their changes, and its lag within ±80 ms."""
    wanted = np.diff(at_clip_rate(true, rate=rate), order)
    tried = [np.diff(at_clip_rate(predicted, lag, rate), order) for lag in _lags()]
    scores = [correlation(one, wanted) for one in tried]
    return max(scores), float(_lags()[int(np.argmax(scores))])


def opening_correlation(predicted: np.ndarray, true: np.ndarray, rate: float = FRAME_RATE) -> float:
    """Correlation of two openings (T,) at ``rate`` Hz, compared at 25 Hz, best of the lags within ±80 ms."""
    return _best_lag(predicted, true, rate)[0]


def velocity_correlation(predicted: np.ndarray, true: np.ndarray, rate: float = FRAME_RATE) -> float:
    """Correlation of the frame-to-frame changes of two openings (T,), otherwise as above."""
    return _best_lag(predicted, true, rate, order=1)[0]


def align_similar(moving: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """``moving`` (T, K, 2) after the least-squares similarity that brings each frame to ``fixed``."""
    return apply_pose(moving, umeyama(moving, fixed))


def lip_distance(predicted: np.ndarray, true: np.ndarray) -> float:
    """Mean distance of the 20 lip points after similarity alignment of the lips, over the mouth width.

    Faces (T, 68, D) of the same frames; the mouth width is that of the true face in the same frame.
    """
    moving, fixed = predicted[:, LIPS, :2], true[:, LIPS, :2]
    distance = np.linalg.norm(align_similar(moving, fixed) - fixed, axis=-1).mean(axis=1)
    right, left = MOUTH_CORNERS
    width = np.linalg.norm(true[:, left, :2] - true[:, right, :2], axis=-1)
    return float(np.mean(distance / np.maximum(width, 1e-9)))


def best_constant_distance(true: np.ndarray) -> float:
    """`lip_distance` of the one mouth shape that fits all frames best (generalised Procrustes mean)."""
    shape = true[:, LIPS, :2].mean(axis=0)
    for _ in range(5):
        aligned = align_similar(true[:, LIPS, :2], np.repeat(shape[None], len(true), axis=0))
        shape = np.median(aligned, axis=0)
    constant = np.array(true)
    constant[:, LIPS, :2] = shape
    return lip_distance(constant, true)


def clip_figures(predicted: np.ndarray, true: np.ndarray, rate: float = FRAME_RATE) -> dict[str, float]:
    """All figures of one clip from faces (T, 68, D) at ``rate`` Hz."""
    heard, seen = relative_gap(predicted), relative_gap(true)
    opening, lag = _best_lag(heard, seen, rate)
    faces = at_clip_rate(true, rate=rate)
    distance = lip_distance(at_clip_rate(predicted, lag, rate), faces)
    return {
        "opening": opening,
        "velocity": velocity_correlation(heard, seen, rate),
        "lip_gain": 1 - distance / best_constant_distance(faces),
    }
