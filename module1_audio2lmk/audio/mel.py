"""Mel spectrograms: the published front-end and the windows that the published networks read.

Frames of 80 bands come every 256 samples (62.5 Hz), frame k centred on sample 256 k; see `waveform` for the
conventions. `mel_spectrogram` has a blockwise partner that needs constant memory.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import librosa
import numpy as np
from scipy import signal

from .waveform import HOP, SAMPLE_RATE, highpass, highpass_blocks

FFT_SIZE = 1024
MEL_BANDS = 80
WINDOW_FRAMES = 18


@lru_cache
def mel_basis() -> np.ndarray:
    """Slaney mel filters, (513, 80) float64: 80 bands from 90 to 7600 Hz on a 1024-point spectrum."""
    basis = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=FFT_SIZE, fmin=90, fmax=7600, n_mels=MEL_BANDS)
    return basis.T.astype(np.float64)


@lru_cache
def hann_window() -> np.ndarray:
    """Periodic Hann window of 1024 samples."""
    return signal.get_window("hann", FFT_SIZE, fftbins=True)


def magnitude_frames(padded: np.ndarray) -> np.ndarray:
    """Magnitude spectra (T, 513) of all whole frames of 1024 samples, hop 256, of a padded waveform."""
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT_SIZE)[::HOP]
    return np.abs(np.fft.rfft(frames * hann_window(), axis=1))


def scaled_decibels(mel_magnitude: np.ndarray) -> np.ndarray:
    """Mel magnitudes -> the published feature (20 log10 max(1e-5, S) - 16 + 100) / 100; silence is -0.16."""
    return ((20 * np.log10(np.maximum(1e-5, mel_magnitude)) - 16 + 100) / 100).astype(np.float32)


def _dither(filtered: np.ndarray, noise: np.random.RandomState) -> np.ndarray:
    return filtered * 0.95 + (noise.rand(len(filtered)) - 0.5) * 1e-6


def mel_spectrogram(waveform: np.ndarray) -> np.ndarray:
    """The published mel front-end of a whole waveform (N,): (N // 256 + 1, 80) float32, about 0 to 1.

    High-pass, factor 0.95 and a fixed dither of 1e-6, reflection by half a frame, magnitude spectra, mel, dB.

    Raises:
        ValueError: fewer than 32 samples.
    """
    if len(waveform) % HOP == 0:
        waveform = np.append(waveform, np.float32(1e-6))
    dithered = _dither(highpass(waveform), np.random.RandomState(0))
    padded = np.pad(dithered, FFT_SIZE // 2, mode="reflect")
    return scaled_decibels(magnitude_frames(padded) @ mel_basis())


def mel_blocks(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """`mel_spectrogram` of a waveform that comes in blocks: yields (t, 80) float32, constant memory.

    Concatenated, the result agrees with the whole-file front-end to 1e-4 (1e-5 above silence).

    Raises:
        ValueError: fewer than 32 samples in all.
    """
    half, noise = FFT_SIZE // 2, np.random.RandomState(0)
    buffer, started = np.zeros(0), False
    for filtered in highpass_blocks(_append_sample(blocks)):
        buffer = np.concatenate([buffer, _dither(filtered, noise)])
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


def sliding_windows(features: np.ndarray, size: int = WINDOW_FRAMES) -> np.ndarray:
    """All windows of ``size`` consecutive frames, step 1: (T, C) -> (T - size + 1, size, C), a view.

    The published networks predict the face at a window's *first* frame, and the published program drops the
    last of these windows. Fewer frames than ``size`` give no window: (0, size, C).
    """
    if len(features) < size:
        return np.zeros((0, size, features.shape[1]), features.dtype)
    return np.lib.stride_tricks.sliding_window_view(features, size, axis=0).swapaxes(1, 2)
