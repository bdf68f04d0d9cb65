"""Does the sound of a film fit the lips, and by how much is it shifted?"""

import numpy as np

from ..audio import FRAME_RATE


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson correlation of two tracks (T,); 0 where one of them is constant."""
    first, second = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / norm) if norm > 1e-9 else 0.0


def best_offset(
    heard: np.ndarray, seen: np.ndarray, max_shift: float = 0.4, rate: float = FRAME_RATE
) -> tuple[float, float]:
    """The shift at which the mouth opening heard in the sound fits the one seen in the film best.

    Args:
        heard, seen: (T,) mouth openings at ``rate`` Hz.
        max_shift: seconds tried to both sides; at most a third of the clip.

    Returns:
        Offset in seconds, positive when the film is late (frame time = sound time + offset), and the
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


def trusted_offset(
    heard: np.ndarray, seen: np.ndarray, min_gain: float = 0.08, **limits: float
) -> tuple[float, float]:
    """`best_offset`, but 0 unless it raises the correlation by ``min_gain``: short clips fit by chance."""
    length = min(len(heard), len(seen))
    unshifted = correlation(heard[:length], seen[:length])
    offset, score = best_offset(heard, seen, **limits)
    return (offset, score) if score > unshifted + min_gain else (0.0, unshifted)
