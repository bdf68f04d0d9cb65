"""Mel front-end: causal, normalised to the speaker as it goes, the same for streams and whole sounds.

Frames of 80 bands come every 256 samples, 62.5 a second, frame k centred on sample 256 k; N samples give
N // 256 + 1 frames. The published front-end (`published.mel`) has a zero-phase high-pass and a dither in the
place of a causal high-pass, and no running normalisation.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from .highpass import HighPass
from .waveform import FRAME_RATE, HOP, SAMPLE_RATE

FFT_SIZE = 1024
MEL_BANDS = 80
_HALF = FFT_SIZE // 2
# Of the running normalisation: seconds of speech that the prior counts for, and of the window.
_LEVEL_PRIOR, _LEVEL_WINDOW, _SHAPE_PRIOR, _SHAPE_WINDOW = 0.25, 8.0, 4.0, 30.0
# Features, of which 0.01 is a decibel: under the peak is a pause; the peak's fall a second; its least value.
_GATE, _PEAK_DECAY, _PEAK_FLOOR = 0.35, 0.02, 0.30


@lru_cache
def mel_basis() -> np.ndarray:
    """Slaney mel filters, (513, 80) float64: 80 bands from 90 to 7600 Hz on a 1024-point spectrum."""
    edges = _slaney_hertz(np.linspace(_slaney_mel(90.0), _slaney_mel(7600.0), MEL_BANDS + 2))
    distance = edges[:, None] - np.fft.rfftfreq(FFT_SIZE, 1 / SAMPLE_RATE)
    width = np.diff(edges)[:, None]
    rising, falling = -distance[:-2] / width[:-1], distance[2:] / width[1:]
    area = 2 / (edges[2:] - edges[:-2])[:, None]
    # Rounded twice, as librosa does, whose filters the published networks were trained with.
    triangles = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return (triangles * area).astype(np.float32).T.astype(np.float64)


def _slaney_mel(hertz: float) -> float:
    """Slaney's scale: linear up to 1 kHz = 15 mel, logarithmic above."""
    return 3 * hertz / 200 if hertz < 1000 else 15 + 27 * np.log(hertz / 1000) / np.log(6.4)


def _slaney_hertz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15, 200 * mel / 3, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)))


@lru_cache
def _hann_window() -> np.ndarray:
    return np.hanning(FFT_SIZE + 1)[:-1]


def magnitude_frames(padded: np.ndarray) -> np.ndarray:
    """Magnitude spectra (T, 513) of all whole frames of 1024 samples, hop 256, of a padded waveform."""
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT_SIZE)[::HOP]
    return np.abs(np.fft.rfft(frames * _hann_window(), axis=1))


def scaled_decibels(mel_magnitude: np.ndarray) -> np.ndarray:
    """Mel magnitudes → the published feature (20 log10 max(1e-5, S) - 16 + 100) / 100; silence is -0.16."""
    return ((20 * np.log10(np.maximum(1e-5, mel_magnitude)) - 16 + 100) / 100).astype(np.float32)


@lru_cache
def speech_statistics() -> tuple[np.ndarray, np.ndarray]:
    """Mean (80,) and standard deviation (80,) of the mel front-end on speech of -20 dBFS, pauses left out."""
    mean, deviation = np.loadtxt(Path(__file__).with_name("speech_statistics.txt"), dtype=np.float64).T
    return mean, deviation


class RunningNormaliser:
    """Standardise log-mel frames by what has been heard so far, one frame at a time, B sounds side by side.

    A frame is (x - level - shape) / deviation: the speaker's mean level, the mean offset of each band from
    it, and each band's deviation, all from exponential windows that start from the statistics of speech as
    if `_…_PRIOR` seconds of it had been heard. The level adapts fast (loudness of the recording), the rest
    slowly (voice, microphone). Pauses do not count: a frame is taken up only when its level is within
    `_GATE` of the recent peak. sounds: B, each normalised for itself.
    """

    def __init__(self, sounds: int = 1) -> None:
        mean, deviation = speech_statistics()
        self._level = np.full((sounds, 1), mean.mean())
        self._shape = np.repeat((mean - mean.mean())[None], sounds, axis=0)
        self._variance = np.repeat((deviation**2)[None], sounds, axis=0)
        self._peak = self._level + 0.12  # the 95th percentile of speech lies there
        self._level_count = np.full((sounds, 1), _LEVEL_PRIOR * FRAME_RATE)
        self._shape_count = np.full((sounds, 1), _SHAPE_PRIOR * FRAME_RATE)

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """Take the next (B, t, 80) mel frames and return them standardised, (B, t, 80) float32."""
        standardised = np.empty(frames.shape, np.float32)
        for index in range(frames.shape[1]):
            frame = frames[:, index].astype(np.float64)
            self._update(frame)
            standardised[:, index] = (frame - self._level - self._shape) / np.sqrt(self._variance)
        return standardised

    def _update(self, frame: np.ndarray) -> None:
        level = frame.mean(axis=1, keepdims=True)
        self._peak = np.maximum(np.maximum(level, self._peak - _PEAK_DECAY / FRAME_RATE), _PEAK_FLOOR)
        heard = level >= self._peak - _GATE
        self._level_count = np.minimum(self._level_count + heard, _LEVEL_WINDOW * FRAME_RATE)
        self._level += heard * (level - self._level) / self._level_count
        self._shape_count = np.minimum(self._shape_count + heard, _SHAPE_WINDOW * FRAME_RATE)
        self._shape += heard * (frame - level - self._shape) / self._shape_count
        deviation = frame - self._level - self._shape
        self._variance += heard * (deviation**2 - self._variance) / self._shape_count


class RawMelStream:
    """`front_ends.FeatureStream` of mel frames that are not normalised; the cut changes not a bit of them."""

    def __init__(self) -> None:
        self._highpass = HighPass()
        self._buffer = np.zeros(0)
        self._lead = 0  # samples in the buffer before the next frame's first one
        self._started = False

    def add(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) float samples in [-1, 1] and return the (t, 80) float32 frames that are ready."""
        if len(samples):
            self._buffer = np.concatenate([self._buffer, 0.95 * self._highpass(samples)])
        if not self._started:
            if len(self._buffer) <= _HALF:
                return np.zeros((0, MEL_BANDS), np.float32)
            self._buffer = np.concatenate([self._buffer[_HALF:0:-1], self._buffer])
            self._started = True
        return self._ready()

    def finish(self) -> np.ndarray:
        """End the stream: return the last frames, (t, 80) float32. Without any sample there are none."""
        if len(self._buffer) == 0:
            return np.zeros((0, MEL_BANDS), np.float32)
        padding = (0, _HALF) if self._started else (_HALF, _HALF)
        self._buffer = np.pad(self._buffer, padding, mode="reflect")
        self._started = True
        frames = self._ready()
        self._buffer = np.zeros(0)
        return frames

    def _ready(self) -> np.ndarray:
        count = (len(self._buffer) - self._lead - FFT_SIZE) // HOP + 1
        if count <= 0:
            return np.zeros((0, MEL_BANDS), np.float32)
        end = self._lead + (count - 1) * HOP + FFT_SIZE
        spectra = magnitude_frames(self._buffer[self._lead : end])
        # one hop more than the next frame needs stays: the reflection at the end reaches that far back
        self._buffer = self._buffer[self._lead + (count - 1) * HOP :]
        self._lead = HOP
        # einsum sums every frame in the same order; a matrix product's rounding varies with the chunk
        return scaled_decibels(np.einsum("tf,fb->tb", spectra, mel_basis()))


class MelStream:
    """`front_ends.FeatureStream` of the mel front-end: raw frames, then the running normalisation."""

    def __init__(self) -> None:
        self._raw, self._normalise = RawMelStream(), RunningNormaliser()

    def add(self, samples: np.ndarray) -> np.ndarray:
        return self._normalise(self._raw.add(samples)[None])[0]

    def finish(self) -> np.ndarray:
        return self._normalise(self._raw.finish()[None])[0]


class Mel:
    """`front_ends.FrontEnd` of log-mel frames; a frame needs the sound up to 32 ms after its centre."""

    size, hop, look_ahead, weights = MEL_BANDS, HOP, _HALF, ""

    def stream(self) -> MelStream:
        return MelStream()

    def batch(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        frames = [raw_mel(waveform) for waveform in waveforms]
        longest = max(map(len, frames), default=0)
        padded = [np.pad(part, ((0, longest - len(part)), (0, 0))) for part in frames]
        return [done[: len(part)] for done, part in zip(normalised(np.array(padded)), frames, strict=True)]


def raw_mel(waveform: np.ndarray) -> np.ndarray:
    """Frames (N // 256 + 1, 80) float32 of a whole waveform (N,), not normalised: what training augments."""
    stream = RawMelStream()
    return np.concatenate([stream.add(waveform), stream.finish()])


def normalised(frames: np.ndarray) -> np.ndarray:
    """Raw mel frames of B sounds from their beginning, normalised as in streams: (B, T, 80) → the same."""
    return RunningNormaliser(len(frames))(frames)
