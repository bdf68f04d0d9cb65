"""Waveforms: the clock of the audio path, loudness and energy.

All waveforms are mono at 16 kHz, float32 in [-1, 1]; features come every 256 samples (62.5 Hz), and N samples
give N // 256 + 1 frames, frame k centred on sample 256 k.
"""

import numpy as np

SAMPLE_RATE = 16000
HOP = 256
FRAME_RATE = SAMPLE_RATE / HOP  # 62.5 Hz
TARGET_DBFS = -20.0

_ENERGY_WINDOW = 1024  # samples: that of the mel frames


def level_dbfs(waveform: np.ndarray) -> float:
    """Root-mean-square level in dB relative to full scale of (N,) samples; -inf for silence."""
    power = float(np.square(waveform, dtype=np.float64).sum())
    return 10 * np.log10(power / len(waveform)) if power > 0 else -np.inf


def loudness_gain(level: float, target_dbfs: float = TARGET_DBFS, raise_only: bool = False) -> float:
    """Linear gain that brings ``level`` (dBFS) to ``target_dbfs``; 1 for silence.

    ``raise_only`` leaves louder sound as it is (the speaker encoder's rule, with a target of -30 dBFS).
    """
    if not np.isfinite(level) or (raise_only and level >= target_dbfs):
        return 1.0
    return float(10 ** ((target_dbfs - level) / 20))


def normalise_loudness(
    waveform: np.ndarray, target_dbfs: float = TARGET_DBFS, raise_only: bool = False
) -> np.ndarray:
    """Scale a waveform (N,) to ``target_dbfs`` RMS and clip it to [-1, 1]; float32 copy."""
    gain = loudness_gain(level_dbfs(waveform), target_dbfs, raise_only)
    return np.clip(waveform * np.float32(gain), -1, 1).astype(np.float32)


def frame_energy(waveform: np.ndarray) -> np.ndarray:
    """RMS level in dBFS of each frame, (N // 256 + 1,), centred as the mel frames are; at least -100."""
    squares = np.concatenate([[0.0], np.cumsum(np.square(waveform, dtype=np.float64))])
    centres = np.arange(len(waveform) // HOP + 1) * HOP
    last = np.minimum(centres + _ENERGY_WINDOW // 2, len(waveform))
    first = np.maximum(centres - _ENERGY_WINDOW // 2, 0)
    power = (squares[last] - squares[first]) / np.maximum(last - first, 1)
    return (10 * np.log10(np.maximum(power, 1e-10))).astype(np.float32)
