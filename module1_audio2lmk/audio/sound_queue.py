"""Sound queue: samples that were pushed and not taken yet, with the time at which they came."""

from collections import deque
from typing import NamedTuple

import av
import numpy as np

from ..foundation.errors import InputError

_RATES = (8000, 192000)


class Stamp(NamedTuple):
    """Where a sample comes from. pushed: seconds of pushed sound before it; arrived: when it was pushed."""

    pushed: float
    arrived: float


class SoundQueue:
    """Mono samples at one rate, first in, first out."""

    def __init__(self, rate: int) -> None:
        self.rate, self.size = rate, 0
        self._pieces: deque[tuple[np.ndarray, Stamp | None]] = deque()

    def put(self, samples: np.ndarray, stamp: Stamp | None = None) -> None:
        """Append (n,) float32 samples; without a stamp they are padding."""
        if len(samples):
            self._pieces.append((samples, stamp))
            self.size += len(samples)

    def take(self, most: int) -> tuple[np.ndarray, Stamp | None]:
        """Up to `most` samples from the front, and the stamp of the first."""
        parts: list[np.ndarray] = []
        stamp, wanted = None, most
        while wanted > 0 and self._pieces:
            piece, first = self._pieces.popleft()
            if len(piece) > wanted:
                self._pieces.appendleft((piece[wanted:], self._later(first, wanted)))
                piece = piece[:wanted]
            stamp = first if not parts else stamp
            parts.append(piece)
            wanted -= len(piece)
        taken = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        self.size -= len(taken)
        return taken, stamp

    def take_pieces(self, most: int) -> list[tuple[np.ndarray, Stamp | None]]:
        """As `take`, each piece that was put in with its own stamp."""
        taken = []
        while most > 0 and self._pieces:
            taken.append(self.take(min(most, len(self._pieces[0][0]))))
            most -= len(taken[-1][0])
        return taken

    def peak(self) -> float:
        """The largest magnitude in the queue."""
        return max((float(np.abs(piece).max()) for piece, _ in self._pieces), default=0.0)

    def clear(self) -> None:
        self._pieces.clear()
        self.size = 0

    def _later(self, stamp: Stamp | None, samples: int) -> Stamp | None:
        return stamp and stamp._replace(pushed=stamp.pushed + samples / self.rate)


class RateConverter:
    """A stream of samples at any rate → mono float32 at one rate, without the filter's delay."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._from = 0
        self._resampler: av.AudioResampler | None = None

    def convert(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """(n,) or (n, channels) float in [-1, 1] or int16 → (m,) float32.

        Raises InputError where the samples are not of this kind, or the rate is not 8 to 192 kHz.
        """
        samples = mono(samples)
        if rate == self.rate:
            return samples
        if not _RATES[0] <= rate <= _RATES[1]:
            raise InputError(f"sound of {rate} samples a second; give {_RATES[0]} to {_RATES[1]}")
        if rate != self._from or self._resampler is None:
            self._from, self._resampler = rate, av.AudioResampler("flt", "mono", self.rate)
        if not len(samples):
            return samples
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate = rate
        parts = [out.to_ndarray()[0] for out in self._resampler.resample(frame)]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def reset(self) -> None:
        """What follows is another sound."""
        self._resampler = None


def mono(samples: np.ndarray) -> np.ndarray:
    """(n,) or (n, channels) float in [-1, 1] or int16 → (n,) float32; raises as `RateConverter.convert`."""
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or samples.dtype not in (np.int16, np.float32, np.float64):
        raise InputError(f"sound {samples.shape} {samples.dtype}; give (n,) int16, or float32 in [-1, 1]")
    floats = samples.astype(np.float32) / (32768 if samples.dtype == np.int16 else 1)
    floats = floats.mean(axis=1) if floats.ndim == 2 and floats.shape[1] else floats.reshape(-1)
    if not np.isfinite(floats).all():
        raise InputError("the sound holds values that are not numbers; convert it again")
    return np.clip(floats, -1, 1, dtype=np.float32)
