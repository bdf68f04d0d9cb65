"""Mel spectrogram as published: zero-phase high-pass, dither.

Frames of 80 bands come every 256 samples, frame k centred on sample 256 k; see `audio.waveform`.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import signal

from ..audio.mel import FFT_SIZE, magnitude_frames, mel_basis, scaled_decibels
from ..audio.waveform import HOP, SAMPLE_RATE

_PIECE = 4096  # frames whose spectra are worked out at a time


@lru_cache
def content_statistics() -> tuple[np.ndarray, np.ndarray]:
    """Mean (80,) and standard deviation (80,) of AutoVC content features.

    The published branches read (x - mean) / deviation; numbers of ``MEAN_STD_AUTOVC_RETRAIN_MEL_AU.txt``.
    """
    mean, deviation = np.loadtxt(Path(__file__).with_name("content_statistics.txt"), dtype=np.float64).T
    return mean, deviation


def mel_spectrogram(waveform: np.ndarray) -> np.ndarray:
    """The published mel front-end: (N,) at 16 kHz → (N // 256 + 1, 80) float32, about 0 to 1.

    High-pass of 30 Hz, factor 0.95 and a fixed dither of 1e-6, reflection by half a frame, magnitude spectra,
    mel, dB. Raises ValueError for fewer than 19 samples.
    """
    frames = len(waveform) // HOP + 1
    if len(waveform) % HOP == 0:
        waveform = np.append(waveform, 1e-6)  # as published
    filtered = signal.filtfilt(*signal.butter(5, 30 / (SAMPLE_RATE / 2), "highpass"), waveform)
    dither = (np.random.RandomState(0).rand(len(filtered)) - 0.5) * 1e-6
    padded = np.pad(filtered * 0.95 + dither, FFT_SIZE // 2, mode="reflect")
    mels = []
    for start in range(0, frames, _PIECE):
        end = min(start + _PIECE, frames) - 1
        spectra = magnitude_frames(padded[start * HOP : end * HOP + FFT_SIZE])
        mels.append(scaled_decibels(spectra @ mel_basis()))
    return np.concatenate(mels)
