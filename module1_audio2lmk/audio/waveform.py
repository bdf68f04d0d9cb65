"""Waveforms: the clock of the audio path, loudness, energy and the published high-pass.

All waveforms are mono at 16 kHz, float32 in [-1, 1]; features come every 256 samples (62.5 Hz), and N samples
give N // 256 + 1 frames, frame k centred on sample 256 k. Whole-file functions have a blockwise partner that
needs constant memory.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from scipy import signal

SAMPLE_RATE = 16000
HOP = 256
FRAME_RATE = SAMPLE_RATE / HOP  # 62.5 Hz
TARGET_DBFS = -20.0
MIN_SAMPLES = 32  # what the zero-phase filter needs at least

_ENERGY_WINDOW = 1024  # samples: that of the mel frames
_HIGHPASS_PAD = 18  # edge extension of scipy's filtfilt for this order
_HIGHPASS_CONTEXT = SAMPLE_RATE  # the slowest pole decays by 1e-25 in one second


def level_dbfs(blocks: np.ndarray | Iterable[np.ndarray]) -> float:
    """Root-mean-square level in dB relative to full scale of a waveform (N,), or of its blocks in order.

    Silence and empty input give -inf.
    """
    power, count = 0.0, 0
    for block in [blocks] if isinstance(blocks, np.ndarray) else blocks:
        power += float(np.square(block, dtype=np.float64).sum())
        count += block.size
    return 10 * np.log10(power / count) if power > 0 else -np.inf


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


def frame_energy(waveform: np.ndarray, hop: int = HOP, window: int = _ENERGY_WINDOW) -> np.ndarray:
    """RMS level in dBFS of each frame, (N // hop + 1,), centred as the mel frames are; at least -100."""
    squares = np.concatenate([[0.0], np.cumsum(np.square(waveform, dtype=np.float64))])
    centres = np.arange(len(waveform) // hop + 1) * hop
    last = np.minimum(centres + window // 2, len(waveform))
    first = np.maximum(centres - window // 2, 0)
    power = (squares[last] - squares[first]) / np.maximum(last - first, 1)
    return (10 * np.log10(np.maximum(power, 1e-10))).astype(np.float32)


@lru_cache
def _highpass() -> tuple[np.ndarray, np.ndarray]:
    return signal.butter(5, 30 / (SAMPLE_RATE / 2), "highpass")


def highpass(waveform: np.ndarray) -> np.ndarray:
    """Zero-phase 30 Hz Butterworth high-pass (order 5, forward and backward), (N,) -> (N,) float64.

    Raises:
        ValueError: fewer than 32 samples.
    """
    if len(waveform) < MIN_SAMPLES:
        raise ValueError(f"{len(waveform)} samples are too few to filter (at least {MIN_SAMPLES})")
    b, a = _highpass()
    return signal.filtfilt(b, a, np.asarray(waveform, dtype=np.float64))


def highpass_blocks(blocks: Iterable[np.ndarray], context: int = _HIGHPASS_CONTEXT) -> Iterator[np.ndarray]:
    """`highpass` of a waveform that comes in blocks of any size, at constant memory.

    The forward pass carries its state; the backward pass starts ``context`` samples behind what is released.
    Agrees with the whole-file filter to better than 1e-5 of full scale.

    Raises:
        ValueError: fewer than 32 samples in all.
    """
    b, a = _highpass()
    unit_state = signal.lfilter_zi(b, a)
    forward, state = np.zeros(0), None
    tail = np.zeros(0)  # unfiltered: start-up samples first, later the last ones for the end extension
    for block in _regroup(blocks, context):
        tail = np.concatenate([tail, block])
        if state is None:
            if len(tail) < MIN_SAMPLES:
                continue
            edge = 2 * tail[0] - tail[_HIGHPASS_PAD:0:-1]
            _, state = signal.lfilter(b, a, edge, zi=unit_state * edge[0])
            block = tail
        filtered, state = signal.lfilter(b, a, block, zi=state)
        forward = np.concatenate([forward, filtered])
        tail = tail[-MIN_SAMPLES:]
        if len(forward) > 2 * context:
            backward, _ = signal.lfilter(b, a, forward[::-1], zi=unit_state * forward[-1])
            yield backward[::-1][:-context]
            forward = forward[-context:]
    if state is None:
        raise ValueError(f"{len(tail)} samples are too few to filter (at least {MIN_SAMPLES})")
    edge = 2 * tail[-1] - tail[-2 : -_HIGHPASS_PAD - 2 : -1]
    filtered, _ = signal.lfilter(b, a, edge, zi=state)
    forward = np.concatenate([forward, filtered])
    backward, _ = signal.lfilter(b, a, forward[::-1], zi=unit_state * forward[-1])
    yield backward[::-1][:-_HIGHPASS_PAD]


def _regroup(blocks: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The same samples in float64 blocks of ``size`` to 2 ``size`` (the last may be shorter)."""
    parts, count = [], 0
    for block in blocks:
        for start in range(0, len(block), size):
            parts.append(np.asarray(block[start : start + size], dtype=np.float64))
            count += len(parts[-1])
            if count >= size:
                yield np.concatenate(parts)
                parts, count = [], 0
    if count:
        yield np.concatenate(parts)
