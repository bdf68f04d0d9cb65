"""Mel frames for training: the streaming front-end without its normaliser, and the normaliser for batches."""

import numpy as np

from ..audio.mel import MEL_BANDS
from ..audio.statistics import speech_statistics
from ..audio.streaming_mel import StreamingMel
from ..audio.waveform import FRAME_RATE


def raw_mel(waveform: np.ndarray) -> np.ndarray:
    """Frames (N // 256 + 1, 80) float32 of the streaming front-end, not normalised."""
    stream = StreamingMel(normaliser=_as_they_are)
    return np.concatenate([stream.push(waveform), stream.flush()])


def _as_they_are(frames: np.ndarray) -> np.ndarray:
    return frames.astype(np.float32)


def normalise_batch(mel: np.ndarray) -> np.ndarray:
    """`streaming_mel.RunningNormaliser` as it is by default, on a batch: (B, T, 80) → (B, T, 80) float32."""
    mel = np.asarray(mel, dtype=np.float64)
    mean, deviation = speech_statistics()
    batch = len(mel)
    level = np.full((batch, 1), mean.mean())
    shape = np.repeat((mean - mean.mean())[None], batch, axis=0)
    variance = np.repeat((deviation**2)[None], batch, axis=0)
    peak = level + 0.12
    level_count = np.full((batch, 1), 0.25 * FRAME_RATE)
    shape_count = np.full((batch, 1), 4.0 * FRAME_RATE)
    out = np.empty(mel.shape, np.float32)
    for index in range(mel.shape[1]):
        frame = mel[:, index]
        now = frame.mean(axis=1, keepdims=True)
        peak = np.maximum(np.maximum(now, peak - 0.02 / FRAME_RATE), 0.30)
        heard = now >= peak - 0.35
        level_count = np.where(heard, np.minimum(level_count + 1, 8.0 * FRAME_RATE), level_count)
        shape_count = np.where(heard, np.minimum(shape_count + 1, 30.0 * FRAME_RATE), shape_count)
        level = level + heard * (now - level) / level_count
        shape = shape + heard * (frame - now - shape) / shape_count
        variance = variance + heard * ((frame - level - shape) ** 2 - variance) / shape_count
        out[:, index] = (frame - level - shape) / np.sqrt(variance)
    return out


def silence(frames: int) -> np.ndarray:
    """Mel frames of digital silence, (frames, 80)."""
    return np.full((frames, MEL_BANDS), -0.16, np.float32)
