"""Sound of any file → mono float32 speech, whole or as a stream of blocks. Decoded by PyAV (ffmpeg)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import av
import numpy as np

from ..errors import InputError, warn
from .decoding import decode_audio, known_layout

MIN_SECONDS = 0.3
#: A voice below this peak (−60 dBFS) is taken for silence.
SILENCE_PEAK = 1e-3
_CENTRE, _SURROUND = 2**0.5, 0.5**0.5
# Correlation of left and right below which one of them is wired the wrong way round.
_INVERTED = -0.5
# A constant offset this large, and this large beside the sound itself, comes from the sound card.
_OFFSET, _OFFSET_SHARE = 1e-3, 0.05


@dataclass
class Survey:
    """What one reading of a whole sound tells: samples, peak and, for stereo, how left and right go together.

    channels: sums over the samples of (1, x, x²), (3, C). cross: sum of left · right.
    """

    samples: int = 0
    rate: int = 0
    channels: np.ndarray = field(default_factory=lambda: np.zeros((3, 0)))
    cross: float = 0.0

    @property
    def seconds(self) -> float:
        """Length, gaps included."""
        return self.samples / self.rate if self.rate else 0.0

    def add(self, frame: av.AudioFrame) -> None:
        """Count one frame of floats, interleaved."""
        block = frame.to_ndarray().reshape(-1, frame.layout.nb_channels).astype(np.float64)
        sums = np.stack([np.full(block.shape[1], len(block)), block.sum(0), (block * block).sum(0)])
        self.channels = sums if self.samples == 0 else self.channels + sums
        self.cross += float(block[:, 0] @ block[:, 1]) if block.shape[1] == 2 else 0.0
        self.samples, self.rate = self.samples + len(block), frame.rate

    def offset(self) -> np.ndarray:
        """(C,) constant offset to take off, 0 where there is none to speak of."""
        count, total, square = self.channels
        mean = total / np.maximum(count, 1)
        spread = np.sqrt(np.maximum(square / np.maximum(count, 1) - mean**2, 0))
        return np.where((abs(mean) > _OFFSET) & (abs(mean) > _OFFSET_SHARE * spread), mean, 0)

    def inverted(self) -> bool:
        """True where the right channel is the left one upside down: their sum would be silent."""
        if self.channels.shape[1] != 2:
            return False
        count, total, square = self.channels
        covariance = self.cross - total[0] * total[1] / max(count[0], 1)
        left, right = np.maximum(square - total**2 / np.maximum(count, 1), 0)
        return covariance < _INVERTED * np.sqrt(left * right) and min(left, right) > 1e-4 * max(left, right)


def read_audio(path: str | os.PathLike[str], sample_rate: int = 16000) -> np.ndarray:
    """Sound of any file with an audio stream → (N,) float32 mono in [-1, 1] at `sample_rate` Hz.

    The first sample belongs to the time at which a player starts; pauses in the time stamps are silence. The
    memory needed is that of the result. Raises InputError for a missing, empty, truncated or too short file
    (< 0.3 s), for one without sound, and for samples that are not finite.
    """
    samples = np.empty(0, np.float32)
    count = 0
    for block in iter_audio(path, sample_rate):
        # realloc in steps: a copy into a second buffer would double the memory of a long recording.
        if count + len(block) > len(samples):
            samples.resize(count + len(block) + 60 * sample_rate, refcheck=False)
        samples[count : count + len(block)] = block
        count += len(block)
    samples.resize(count, refcheck=False)
    return samples


def iter_audio(
    path: str | os.PathLike[str], sample_rate: int = 16000, block_seconds: float = 10.0
) -> Iterator[np.ndarray]:
    """The samples of `read_audio` as consecutive (n,) float32 blocks of `block_seconds` (the last shorter).

    The file is read twice: first for its offset and the polarity of its channels. Raises what `read_audio`
    raises.
    """
    found = survey(path)
    if found.seconds < MIN_SECONDS:
        raise InputError(f"{path} holds {found.seconds:.2f} s of sound; give at least {MIN_SECONDS} s")
    if found.inverted():
        warn(f"{path}: left and right cancel out; the right channel is turned over")
    yield from _blocks(_mono(path, found, sample_rate), max(1, round(block_seconds * sample_rate)))


def survey(path: str | os.PathLike[str]) -> Survey:
    """Read a whole sound once, see `Survey`. Raises InputError as `decode_audio` does."""
    found = Survey()
    resampler: av.AudioResampler | None = None
    for frame in decode_audio(path, told=False):
        resampler = resampler or av.AudioResampler("flt", frame.layout, frame.rate)
        for part in resampler.resample(frame):
            found.add(part)
    return found


def sound_seconds(path: str | os.PathLike[str]) -> float:
    """Length of a sound, gaps included. Raises InputError as `decode_audio` does."""
    return survey(path).seconds


def is_silent(audio: np.ndarray) -> bool:
    """True where no sample of (N,) audio in [-1, 1] reaches −60 dBFS."""
    return len(audio) == 0 or max(-float(audio.min()), float(audio.max())) < SILENCE_PEAK


def _mono(path: str | os.PathLike[str], found: Survey, sample_rate: int) -> Iterator[np.ndarray]:
    resampler: av.AudioResampler | None = None
    offset = found.offset().astype(np.float32)
    signs = np.ones(len(offset), np.float32)
    signs[1:] = -1.0 if found.inverted() else 1.0
    for frame in chain(decode_audio(path), [None]):
        if frame is not None and resampler is None:
            resampler = av.AudioResampler("flt", frame.layout, sample_rate)
        for out in resampler.resample(frame) if resampler else []:
            channels = out.to_ndarray().reshape(-1, out.layout.nb_channels)
            yield np.clip(_downmix((channels - offset) * signs, out.layout), -1.0, 1.0)


def _blocks(parts: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Pieces of any length → pieces of `size`, the last shorter."""
    pending: list[np.ndarray] = []
    held = 0
    for part in parts:
        pending.append(part)
        held += len(part)
        while held >= size:
            joined = np.concatenate(pending)
            yield joined[:size]
            pending, held = [joined[size:]], held - size
    if held:
        yield np.concatenate(pending)


def _downmix(channels: np.ndarray, layout: av.AudioLayout) -> np.ndarray:
    """(n, C) → (n,) float32: centre +3 dB, surround −3 dB, no LFE, gains of sum 1."""
    if channels.shape[1] == 1:
        return channels[:, 0]
    gains = np.array([_gain(channel.name) for channel in known_layout(layout).channels], np.float32)
    return channels @ (gains / gains.sum())


def _gain(channel: str) -> float:
    if channel.startswith("LFE"):
        return 0.0
    return _CENTRE if channel == "FC" else _SURROUND if channel[0] in "BST" else 1.0
