"""Fundamental frequency of speech: tracking, normalisation to the speaker, quantisation to 257 bins."""

import numpy as np

from .waveform import HOP, SAMPLE_RATE

UNVOICED = -1e10
F0_RANGE = (100.0, 600.0)  # Hz; what the published program asks its tracker for
F0_BINS = 257

_PIECE = 30 * SAMPLE_RATE // HOP  # frames tracked at a time
_CONTEXT = SAMPLE_RATE // HOP  # frames heard on both sides of a piece


def log_f0(waveform: np.ndarray) -> np.ndarray:
    """Natural logarithm of F0 in Hz for each mel frame of a 16 kHz waveform, `UNVOICED` where there is none.

    Probabilistic YIN on frames of 1024 samples; long sound is tracked in pieces of 30 s that overlap.
    waveform: (N,) float in [-1, 1] → (N // 256 + 1,) float64.
    """
    pieces = []
    for start in range(0, len(waveform) // HOP + 1, _PIECE):
        first = max(0, start - _CONTEXT)
        tracked = _track(waveform[first * HOP : (start + _PIECE + _CONTEXT) * HOP])
        pieces.append(tracked[start - first :][:_PIECE])
    return np.concatenate(pieces)


def _track(waveform: np.ndarray) -> np.ndarray:
    import librosa  # with numba, a second to import

    low, high = F0_RANGE
    f0, voiced, _ = librosa.pyin(
        np.asarray(waveform, dtype=np.float32),
        fmin=low,
        fmax=high,
        sr=SAMPLE_RATE,
        frame_length=1024,
        hop_length=HOP,
    )
    return np.where(voiced, np.log(np.where(voiced, f0, 1.0)), UNVOICED)


def normalise_log_f0(log_frequency: np.ndarray) -> np.ndarray:
    """Per-speaker normalisation (T,) -> (T,): four standard deviations around the mean become [0, 1].

    0.5 + (x - mean) / (8 std), clipped to [0, 1], over the voiced frames; unvoiced frames stay negative.
    """
    normalised = np.full(len(log_frequency), UNVOICED)
    voiced = log_frequency > UNVOICED
    if voiced.any():
        values = log_frequency[voiced]
        spread = max(float(values.std()), 1e-6)
        normalised[voiced] = np.clip(0.5 + (values - values.mean()) / (8 * spread), 0, 1)
    return normalised


def quantise_f0(normalised: np.ndarray) -> np.ndarray:
    """Normalised log-F0 (T,) in [0, 1], negative = unvoiced -> one-hot (T, 257) float32.

    Bin 0 is unvoiced, bin round(255 f) + 1 holds f. Raises ValueError for a value above 1 or not a number.
    """
    if not (normalised <= 1).all():
        raise ValueError("normalised log-F0 must be at most 1")
    bins = np.where(normalised < 0, 0, np.round(255 * np.maximum(normalised, 0)) + 1).astype(np.int64)
    return np.eye(F0_BINS, dtype=np.float32)[bins]
