"""Running loudness: a voice brought to the usual level as it comes, whether recorded near or from afar."""

import numpy as np

from .highpass import HighPass
from .waveform import SAMPLE_RATE

BLOCK = 64  # samples of one gain: 4 ms
TARGET_DBFS = -23.0
#: Nothing quieter than this is raised: digital silence and the noise of converters stay what they are.
FLOOR_DBFS = -72.0
_GATE, _ONSET = 30.0, 15.0  # dB under the peak that count as a pause, over it that begin anew
_DECAY = 2.0 * BLOCK / SAMPLE_RATE  # dB a block by which the peak falls
_WINDOW = 4 * SAMPLE_RATE // BLOCK  # blocks of speech that are remembered
_SMOOTHING = 0.2  # of the level that opens the gate: 20 ms


class RunningLoudness:
    """Feed samples at 16 kHz in chunks of any size, get them at -23 dBFS (of what has been heard so far).

    Rumble and direct current under 30 Hz are taken out. Pauses do not count; a sound much louder than all
    before, as a voice after noise, makes it forget those. What comes out does not depend on the chunks, to
    the last bit, and is late by less than 64 samples.
    """

    def __init__(self) -> None:
        self._highpass = HighPass()
        self._waiting = np.zeros(0)
        self._power = self._count = self._smooth = 0.0
        self._peak = FLOOR_DBFS
        self._gain = 0.0

    def add(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) samples in [-1, 1] and return those that are ready, float64."""
        if len(samples):
            self._waiting = np.concatenate([self._waiting, self._highpass(samples)])
        ready = len(self._waiting) // BLOCK * BLOCK
        blocks, self._waiting = self._waiting[:ready].reshape(-1, BLOCK), self._waiting[ready:]
        return self._scaled(blocks)

    def finish(self) -> np.ndarray:
        """The last samples, fewer than 64."""
        count, rest = len(self._waiting), self._waiting
        self._waiting = np.zeros(0)
        return self._scaled(np.pad(rest, (0, BLOCK - count))[None])[:count] if count else rest

    def _scaled(self, blocks: np.ndarray) -> np.ndarray:
        gains = np.array([self._gain, *map(self._gain_of, (blocks**2).mean(axis=1))])
        if len(blocks):
            self._gain = gains[-1]
        ramp = np.arange(1, BLOCK + 1) / BLOCK
        return (blocks * (gains[:-1, None] + np.diff(gains)[:, None] * ramp)).ravel()

    def _gain_of(self, power: float) -> float:
        self._smooth += _SMOOTHING * (power - self._smooth)
        level = 10 * np.log10(max(self._smooth, 1e-12))
        if level > self._peak + _ONSET:
            self._count = 0.0
        self._peak = max(level, self._peak - _DECAY, FLOOR_DBFS)
        if level > self._peak - _GATE:
            self._count = min(self._count + 1, _WINDOW)
            self._power += (power - self._power) / self._count
        floor = 10 ** (FLOOR_DBFS / 10)
        return float(10 ** (TARGET_DBFS / 20) / np.sqrt(max(self._power, floor)))
