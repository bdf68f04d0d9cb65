"""Speech as numbers: loudness, energy, the published mel front-end and the windows that the networks read.

All waveforms are mono at 16 kHz, float32 in [-1, 1]; mel frames come every 256 samples (62.5 Hz), and
N samples give N // 256 + 1 frames of 80 bands, frame k centred on sample 256 k. Whole-file functions have a
blockwise partner that needs constant memory. Pitch, speaker features and the streaming front-end have files
of their own (``pitch.py``, ``speaker_audio.py``, ``streaming_mel.py``).
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import librosa
import numpy as np
from scipy import signal

SAMPLE_RATE = 16000
HOP = 256
FFT_SIZE = 1024
MEL_BANDS = 80
FRAME_RATE = SAMPLE_RATE / HOP  # 62.5 Hz
WINDOW_FRAMES = 18
TARGET_DBFS = -20.0
MIN_SAMPLES = 32  # what the zero-phase filter needs at least

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


def frame_energy(waveform: np.ndarray, hop: int = HOP, window: int = FFT_SIZE) -> np.ndarray:
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
