"""Synchrony: whether the sound of a video fits the lips, and by how much it is shifted."""

import numpy as np

from ..audio.waveform import FRAME_RATE

_USUAL, _MIN_GAIN = 0.1, 0.03


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson correlation of two tracks (T,); 0 where one of them is constant."""
    first, second = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / norm) if norm > 1e-9 else 0.0


def best_offset(
    heard: np.ndarray, seen: np.ndarray, max_shift: float = 0.4, rate: float = FRAME_RATE
) -> tuple[float, float]:
    """The shift at which the mouth opening heard in the sound fits the one seen in the video best.

    heard, seen: (T,) mouth openings at ``rate`` Hz.
    max_shift: seconds tried to both sides; at most a third of the clip.
    Returns offset in seconds, positive when the picture is late (frame time = sound time + offset), and the
    correlation at it.
    """
    length = min(len(heard), len(seen))
    limit = min(round(max_shift * rate), length // 3)
    scores = {}
    for shift in range(-limit, limit + 1):
        start, stop = max(0, shift), min(length, length + shift)
        scores[shift] = correlation(heard[start - shift : stop - shift], seen[start:stop])
    best = max(scores, key=lambda shift: (scores[shift], -abs(shift)))
    return best / rate, scores[best]


def trusted_offset(heard: np.ndarray, seen: np.ndarray) -> tuple[float, float]:
    """`best_offset`, but 0 unless it raises the correlation by 0.03; large shifts have to bring more.

    Up to 0.1 s are usual; beyond, short clips fit by chance, and every 0.1 s more needs 0.05 more.
    """
    near, far = best_offset(heard, seen, _USUAL), best_offset(heard, seen)
    length = min(len(heard), len(seen))
    unshifted = correlation(heard[:length], seen[:length])
    if far[1] > max(near[1], unshifted) + _MIN_GAIN + 0.5 * (abs(far[0]) - _USUAL):
        return far
    return near if near[1] > unshifted + _MIN_GAIN else (0.0, unshifted)
