"""Front-end that knows speech: the first layers of the recogniser Moonshine, at the 62.5 Hz of the mel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ..foundation.backends import Network, Runtime, load, running
from ..foundation.checkpoints import find
from ..foundation.errors import InputError
from .loudness import BLOCK, RunningLoudness
from .waveform import HOP

_LEAD = 2  # frames of silence before the sound, so that there is one before its first
#: Deviation of the first convolution on speech at the usual level, and frames for which that is believed.
_DEVIATION, _PRIOR = 0.05, 10
_WINDOW = 166  # frames of speech that the norm remembers: 4 s
_PAUSE = 30.0  # dB under the usual level that do not count
_WINDOWS = 128  # computed at a time


class MoonshineStream:
    """`front_ends.FeatureStream` of the encoder's features, standardised over speech.

    Args:
        encoder: a `SpeechEncoder` as it runs; shared by any number of streams.
    """

    def __init__(self, encoder: Runtime) -> None:
        self._encoder, numbers = encoder, encoder.numbers
        self._again, self._block, self._window = (numbers[name] for name in ("again", "block", "window"))
        self._step = numbers["step"]
        self._centre = numbers["reach"] / 2 - _LEAD * self._step  # sample in the middle of the first frame
        self._loudness = RunningLoudness()
        silence = (_LEAD + self._again) * self._step
        self._sound = np.zeros(silence, np.float32)  # from the first sample of the next window on
        self._samples = 0
        self._memory, self._known = encoder.zeros("advance", "memory"), 0
        self._variance, self._count = _DEVIATION**2, float(_PRIOR)
        self._features = np.zeros((0, numbers["width"]), np.float32)
        self._first = 0  # number of the first frame of the encoder that is kept
        self._frames = 0  # features that were returned

    def add(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) samples in [-1, 1] and return the features that are ready, (t, size)."""
        self._samples += len(samples)
        self._hear(self._loudness.add(samples))
        return self._read(None)

    def finish(self) -> np.ndarray:
        """End the sound: the last features, (t, size). Without any sample there are none."""
        if not self._samples:
            return self._features
        self._hear(self._loudness.finish())
        self._hear(np.zeros(self._window + self._block * self._step))
        return self._read(self._samples // HOP + 1)

    def _hear(self, sound: np.ndarray) -> None:
        self._sound = np.concatenate([self._sound, sound.astype(np.float32)])
        hop, window = self._block * self._step, self._window
        while len(self._sound) >= window:
            count = min((len(self._sound) - window) // hop + 1, _WINDOWS)
            windows = np.lib.stride_tricks.sliding_window_view(self._sound, window)[: count * hop : hop]
            self._features = np.concatenate([self._features, self._encode(windows.copy())])
            self._sound = self._sound[count * hop :]

    def _encode(self, windows: np.ndarray) -> np.ndarray:
        (heard,) = self._encoder("hear", windows)
        first, last = ((self._again + n) * self._step // BLOCK for n in (0, self._block))
        fresh = heard[:, :, first:last].reshape(*heard.shape[:2], self._block, -1)
        variances = np.square(fresh).mean(axis=(1, 3)).astype(np.float64)
        deviation = np.array([self._deviation(row) for row in variances], np.float32)
        features, self._memory = self._encoder(
            "advance", heard, deviation, self._memory, np.array([self._known])
        )
        self._known += len(features)
        return features

    def _deviation(self, variances: np.ndarray) -> float:
        """The norm's deviation once a block of variances (block,) is heard; pauses do not count."""
        for variance in variances:
            if variance > _DEVIATION**2 * 10 ** (-_PAUSE / 10):
                self._count = min(self._count + 1, _WINDOW)
                self._variance += (variance - self._variance) / self._count
        return float(np.sqrt(self._variance))

    def _read(self, total: int | None) -> np.ndarray:
        """Features at 62.5 Hz up to number ``total``, or those that lie between frames of the encoder."""
        last = self._first + len(self._features) - 1
        ready = int((last * self._step + self._centre) // HOP) + 1 if last >= 0 else 0
        stop = max(ready if total is None else total, self._frames)
        position = (np.arange(self._frames, stop) * HOP - self._centre) / self._step - self._first
        self._frames = stop
        if not len(position):
            return self._features[:0]
        before = position.astype(int)
        share = (position - before)[:, None].astype(np.float32)
        out = self._features[before] * (1 - share) + self._features[before + 1] * share
        drop = max(0, int((stop * HOP - self._centre) // self._step) - self._first)
        self._features, self._first = self._features[drop:], self._first + drop
        return out


class Moonshine:
    """`front_ends.FrontEnd` of the encoder; see `networks.speech_encoder` for what it looks at.

    Args:
        encoder: a `SpeechEncoder`, or what runs one; by default the shipped weights, run by ``backend``.
    """

    hop = HOP

    def __init__(self, encoder: Network | Runtime | None = None, backend: str = "auto") -> None:
        self._encoder = shipped_encoder(backend) if encoder is None else running(encoder)
        numbers = self._encoder.numbers
        self.size = numbers["width"]
        frames = numbers["block"] + numbers["ahead"]  # from the first of a block to the one after all
        self.look_ahead = frames * numbers["step"] + numbers["reach"] // 2 + BLOCK

    def stream(self) -> MoonshineStream:
        return MoonshineStream(self._encoder)

    def batch(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        done = []
        for waveform in waveforms:
            stream = self.stream()
            done.append(np.concatenate([stream.add(waveform), stream.finish()]))
        return done


@lru_cache(maxsize=1)
def shipped_encoder(backend: str = "auto") -> Runtime:
    """The encoder in the checkpoints folder.

    Raises:
        InputError: it is not there, damaged, or of another form.
    """
    found = find("speech_encoder")
    if found is None:
        raise InputError("no speech encoder in the checkpoints; choose --front_end mel")
    return load(found, "SpeechEncoder", backend)
