"""Mel spectrograms as published: zero-phase high-pass, dither, whole sounds or blocks at constant memory.

Frames of 80 bands come every 256 samples, frame k centred on sample 256 k; see `audio.waveform`.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import signal

from ..audio.mel import FFT_SIZE, magnitude_frames, mel_basis, scaled_decibels
from ..audio.waveform import HOP, SAMPLE_RATE

MIN_SAMPLES = 32  # what the zero-phase filter needs at least

_HIGHPASS_PAD = 18  # edge extension of scipy's filtfilt for this order
_HIGHPASS_CONTEXT = SAMPLE_RATE  # the slowest pole decays by 1e-25 in one second


@lru_cache
def content_statistics() -> tuple[np.ndarray, np.ndarray]:
    """Mean (80,) and standard deviation (80,) of AutoVC content features.

    The published branches read (x - mean) / deviation; numbers of ``MEAN_STD_AUTOVC_RETRAIN_MEL_AU.txt``.
    """
    mean, deviation = np.loadtxt(Path(__file__).with_name("content_statistics.txt"), dtype=np.float64).T
    return mean, deviation


@lru_cache
def _highpass() -> tuple[np.ndarray, np.ndarray]:
    return signal.butter(5, 30 / (SAMPLE_RATE / 2), "highpass")


def highpass_blocks(blocks: Iterable[np.ndarray], context: int = _HIGHPASS_CONTEXT) -> Iterator[np.ndarray]:
    """Zero-phase 30 Hz Butterworth high-pass (order 5, forward and backward) of a waveform in blocks of any
    size, at constant memory: float64.

    The forward pass carries its state; the backward pass starts ``context`` samples behind what is released.
    Agrees with SciPy's `filtfilt` of the whole to better than 1e-5 of full scale.

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


def mel_spectrogram(waveform: np.ndarray) -> np.ndarray:
    """`mel_blocks` of a whole waveform (N,): (N // 256 + 1, 80) float32."""
    return np.concatenate(list(mel_blocks([waveform])))


def mel_blocks(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The published mel front-end of a waveform that comes in blocks: yields (t, 80) float32, about 0 to 1.

    High-pass, factor 0.95 and a fixed dither of 1e-6, reflection by half a frame, magnitude spectra, mel, dB.

    Raises:
        ValueError: fewer than 32 samples in all.
    """
    half, noise = FFT_SIZE // 2, np.random.RandomState(0)
    buffer, started = np.zeros(0), False
    for filtered in highpass_blocks(_append_sample(blocks)):
        dither = (noise.rand(len(filtered)) - 0.5) * 1e-6
        buffer = np.concatenate([buffer, filtered * 0.95 + dither])
        if not started and len(buffer) > half:
            buffer = np.concatenate([buffer[half:0:-1], buffer])
            started = True
        count = (len(buffer) - FFT_SIZE - half) // HOP  # keeps more than half a frame for the last reflection
        if started and count > 0:
            yield scaled_decibels(magnitude_frames(buffer[: (count - 1) * HOP + FFT_SIZE]) @ mel_basis())
            buffer = buffer[count * HOP :]
    padding = (0, half) if started else (half, half)
    padded = np.pad(buffer, padding, mode="reflect")
    yield scaled_decibels(magnitude_frames(padded) @ mel_basis())


def _append_sample(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The published rule: a sample count that is a multiple of 256 gets one more sample of 1e-6."""
    count = 0
    for block in blocks:
        count += len(block)
        yield block
    if count % HOP == 0:
        yield np.array([1e-6])
