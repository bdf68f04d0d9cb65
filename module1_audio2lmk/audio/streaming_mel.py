"""The mel front-end for streams: causal, normalised to the speaker as it goes, the same for any chunking.

It differs from `audio.mel_spectrogram` in the high-pass (forward only), in the dither (none), and in the
running normalisation. A frame needs the sound up to 32 ms after its centre.
"""

import numpy as np
from scipy import signal

from .mel import FFT_SIZE, MEL_BANDS, magnitude_frames, mel_basis, scaled_decibels
from .statistics import speech_statistics
from .waveform import FRAME_RATE, HOP, SAMPLE_RATE

_HALF = FFT_SIZE // 2


class RunningNormaliser:
    """Standardise log-mel frames by what has been heard so far, one frame at a time.

    A frame is (x - level - shape) / deviation: the speaker's mean level, the mean offset of each band from
    it, and each band's deviation, all from exponential windows that start from the statistics of speech as
    if ``*_prior`` seconds of it had been heard. The level adapts fast (loudness of the recording), the rest
    slowly (voice, microphone). Pauses do not count: a frame is taken up only when its level is within
    ``gate`` of the recent peak. 0.01 in any of these is one decibel.

    Args:
        level_prior, level_window: strength of the prior and length of the window, seconds of speech.
        shape_prior, shape_window: the same for band offsets and deviations.
        gate: depth under the running peak at which a frame counts as a pause.
        peak_decay: fall of the peak a second.
        peak_floor: level under which the peak does not fall.
    """

    def __init__(
        self,
        level_prior: float = 0.25,
        level_window: float = 8.0,
        shape_prior: float = 4.0,
        shape_window: float = 30.0,
        gate: float = 0.35,
        peak_decay: float = 0.02,
        peak_floor: float = 0.30,
    ) -> None:
        mean, deviation = speech_statistics()
        self._level = float(mean.mean())
        self._shape = mean - self._level
        self._variance = deviation**2
        self._peak = self._level + 0.12  # the 95th percentile of speech lies there
        self._gate, self._decay, self._floor = gate, peak_decay / FRAME_RATE, peak_floor
        self._level_count, self._level_limit = level_prior * FRAME_RATE, level_window * FRAME_RATE
        self._shape_count, self._shape_limit = shape_prior * FRAME_RATE, shape_window * FRAME_RATE

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """Take the next (t, 80) mel frames and return them standardised, (t, 80) float32."""
        standardised = np.empty((len(frames), MEL_BANDS), np.float32)
        for index, frame in enumerate(np.asarray(frames, dtype=np.float64)):
            self._update(frame)
            standardised[index] = (frame - self._level - self._shape) / np.sqrt(self._variance)
        return standardised

    def _update(self, frame: np.ndarray) -> None:
        level = float(frame.mean())
        self._peak = max(level, self._peak - self._decay, self._floor)
        if level < self._peak - self._gate:
            return
        self._level_count = min(self._level_count + 1, self._level_limit)
        self._level += (level - self._level) / self._level_count
        self._shape_count = min(self._shape_count + 1, self._shape_limit)
        self._shape += (frame - level - self._shape) / self._shape_count
        deviation = frame - self._level - self._shape
        self._variance += (deviation**2 - self._variance) / self._shape_count


class StreamingMel:
    """Feed 16 kHz samples in chunks of any size, get normalised mel frames at 62.5 Hz.

    N samples in all give N // 256 + 1 frames, frame k centred on sample 256 k, as in the published front-end;
    the frames do not depend on how the samples were cut into chunks, to the last bit.

    Args:
        normaliser: what standardises the frames, a new `RunningNormaliser` by default.
    """

    def __init__(self, normaliser: RunningNormaliser | None = None) -> None:
        self._normalise = normaliser or RunningNormaliser()
        self._sections = signal.butter(5, 30 / (SAMPLE_RATE / 2), "highpass", output="sos")
        self._state = np.zeros((len(self._sections), 2))
        self._buffer = np.zeros(0)
        self._lead = 0  # samples in the buffer before the next frame's first one
        self._started = False

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) float samples in [-1, 1] and return the (t, 80) float32 frames that are ready."""
        if len(samples):
            samples = np.asarray(samples, dtype=np.float64)
            filtered, self._state = signal.sosfilt(self._sections, samples, zi=self._state)
            self._buffer = np.concatenate([self._buffer, 0.95 * filtered])
        if not self._started:
            if len(self._buffer) <= _HALF:
                return np.zeros((0, MEL_BANDS), np.float32)
            self._buffer = np.concatenate([self._buffer[_HALF:0:-1], self._buffer])
            self._started = True
        return self._take((len(self._buffer) - self._lead - FFT_SIZE) // HOP + 1)

    def flush(self) -> np.ndarray:
        """End the stream: return the last frames, (t, 80) float32. Without any sample there are none."""
        if len(self._buffer) == 0:
            return np.zeros((0, MEL_BANDS), np.float32)
        padding = (0, _HALF) if self._started else (_HALF, _HALF)
        self._buffer = np.pad(self._buffer, padding, mode="reflect")
        self._started = True
        frames = self._take((len(self._buffer) - self._lead - FFT_SIZE) // HOP + 1)
        self._buffer = np.zeros(0)
        return frames

    def _take(self, count: int) -> np.ndarray:
        if count <= 0:
            return np.zeros((0, MEL_BANDS), np.float32)
        end = self._lead + (count - 1) * HOP + FFT_SIZE
        spectra = magnitude_frames(self._buffer[self._lead : end])
        # one hop more than the next frame needs stays: the reflection at the end reaches that far back
        self._buffer = self._buffer[self._lead + (count - 1) * HOP :]
        self._lead = HOP
        # einsum sums every frame in the same order; a matrix product's rounding varies with the chunk
        mel = np.einsum("tf,fb->tb", spectra, mel_basis())
        return self._normalise(scaled_decibels(mel))
