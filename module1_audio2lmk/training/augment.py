"""Augmentation of a mel as recordings do it: distance, noise, rooms, microphones, other throats.

Mel frames are (T, 80) float32 in the unit of `audio.scaled_decibels` (0.01 is one decibel), before the
running normalisation. Only `reverberate` works on the waveform.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.signal import fftconvolve

from ..audio.mel import raw_mel
from ..audio.waveform import SAMPLE_RATE
from ..foundation.tracks import read_between

_FLOOR = -0.16  # digital silence
_DECIBEL = 0.01


class AugmentOptions(NamedTuple):
    """Probabilities and ranges; the defaults are those of the shipped weights.

    speed: largest relative change of speed. warp: of the frequency scale (length of the throat).
    warp_chance, noise_chance, band_limit_chance, mask_chance: shares of clips.
    snr: range of the signal-to-noise ratio, dB. gain, tilt: deviations of the level and of a random
    equaliser, dB. still_chance: share of clips replaced by silence or noise, for which the mouth is at rest.
    pause_chance: share of clips with such a pause of 0.4 to 2 s put into the speech.
    """

    speed: float = 0.15
    warp: float = 0.12
    warp_chance: float = 0.7
    noise_chance: float = 0.6
    snr: tuple[float, float] = (3.0, 30.0)
    gain: float = 6.0
    tilt: float = 1.1
    band_limit_chance: float = 0.15
    mask_chance: float = 0.5
    still_chance: float = 0.05
    pause_chance: float = 0.35


def change_speed(arrays: list[np.ndarray], factor: float, frames: int) -> list[np.ndarray]:
    """Read (T, ...) arrays ``factor`` times as fast by linear interpolation, ``frames`` frames of each."""
    return [read_between(array, np.arange(frames) * factor) for array in arrays]


def warp_frequency(mel: np.ndarray, factor: float) -> np.ndarray:
    """Stretch the mel axis by ``factor``: another length of the vocal tract, roughly."""
    return read_between(mel.T, np.arange(mel.shape[1]) * factor).T


def mix(mel: np.ndarray, noise: np.ndarray, snr: float) -> np.ndarray:
    """Add noise frames (T, 80) at ``snr`` dB under the mean power of the speech; powers add."""
    speech, other = _power(mel), _power(noise)
    level = speech.mean() / max(other.mean(), 1e-12) * 10 ** (-snr / 10)
    return np.maximum(_FLOOR, 10 * np.log10(speech + level * other + 1e-12) * _DECIBEL + 0.84).astype(
        np.float32
    )


def _power(mel: np.ndarray) -> np.ndarray:
    return 10 ** ((mel - 0.84) / (10 * _DECIBEL))


@lru_cache(maxsize=1)
def _white_noise() -> np.ndarray:
    """Mel frames of 20 s of white noise, without their mean spectrum."""
    frames = raw_mel(np.random.default_rng(0).normal(0, 0.1, 20 * SAMPLE_RATE))[8:-8]
    return frames - frames.mean(axis=0)


def coloured_noise(frames: int, random: np.random.Generator) -> np.ndarray:
    """Steady noise of a random spectrum, (frames, 80)."""
    white = _white_noise()
    start = random.integers(len(white))
    ripple = np.take(white, range(start, start + frames), axis=0, mode="wrap")
    kind = random.random()
    if kind < 0.6:  # a smooth spectrum, from white to brown
        spectrum = np.cumsum(random.normal(0, 1.0, 80)) - np.linspace(0, random.uniform(-5, 45), 80)
    elif kind < 0.8:  # hum: a few lines
        spectrum = np.full(80, random.uniform(-90, -20))
        for line in random.integers(0, 25, size=3):
            skirt = random.uniform(-10, 10) - random.uniform(8, 25) * np.abs(np.arange(80) - line)
            spectrum = np.maximum(spectrum, skirt)
        ripple = 0.1 * ripple
    else:  # a machine: lines in noise
        spectrum = np.cumsum(random.normal(0, 1.0, 80))
        spectrum[random.integers(0, 60, size=4)] += random.uniform(5, 20, 4)
    return (ripple + spectrum * _DECIBEL + 0.5).astype(np.float32)


def babble(voices: list[np.ndarray], frames: int, random: np.random.Generator) -> np.ndarray:
    """One to six other voices at once, (frames, 80)."""
    power = np.zeros((frames, 80))
    for _ in range(random.integers(1, 7)):
        voice = voices[random.integers(len(voices))]
        start = random.integers(max(1, len(voice)))
        power += _power(np.take(voice, range(start, start + frames), axis=0, mode="wrap"))
    return (10 * np.log10(power + 1e-12) * _DECIBEL + 0.84).astype(np.float32)


def colour(mel: np.ndarray, options: AugmentOptions, random: np.random.Generator) -> np.ndarray:
    """Random level, equaliser and, now and then, a band limit as of a telephone or a strong codec."""
    curve = np.cumsum(random.normal(0, options.tilt, 80))
    offset = curve - curve.mean() + random.normal(0, options.gain)
    if random.random() < options.band_limit_chance:
        offset[random.integers(45, 75) :] -= random.uniform(20, 60)
    return np.maximum(_FLOOR, mel + (offset * _DECIBEL).astype(np.float32))


def augment(
    mel: np.ndarray, voices: list[np.ndarray], options: AugmentOptions, random: np.random.Generator
) -> np.ndarray:
    """One random recording of the speech ``mel`` (T, 80); ``voices`` are what babble is made of."""
    if random.random() < options.warp_chance:
        mel = warp_frequency(mel, 1 + random.uniform(-options.warp, options.warp))
    mel = colour(mel, options, random)
    if random.random() < options.noise_chance:
        steady = random.random() < 0.5
        noise = coloured_noise(len(mel), random) if steady else babble(voices, len(mel), random)
        mel = mix(mel, noise, random.uniform(*options.snr))
    return mel


def still(frames: int, random: np.random.Generator) -> np.ndarray:
    """Sound to which no mouth moves: silence, faint or loud steady noise, (frames, 80)."""
    if random.random() < 0.3:
        return np.full((frames, 80), _FLOOR, np.float32)
    noise = coloured_noise(frames, random)
    return np.maximum(_FLOOR, noise + np.float32(random.uniform(-0.5, 0.2) - noise.mean() + 0.4))


def insert_pause(mel: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Silence or steady noise over 0.4 to 2 s of the speech (T, 80).

    Returns the mel, and how far each frame belongs to the pause, (T,) 0 ... 1: lips take 0.1 s to close and
    open.
    """
    frames = int(random.integers(25, 125))
    start = int(random.integers(0, max(1, len(mel) - frames)))
    noise = still(frames, random)
    mel = mel.copy()
    mel[start : start + frames] = noise[: len(mel) - start]
    paused = np.zeros(len(mel))
    paused[start : start + frames] = 1
    paused = np.convolve(np.pad(paused, 6, mode="edge"), np.ones(13) / 13, mode="valid")
    return mel, np.clip(2 * paused - 1, 0, 1).astype(np.float32)


def mask_bands(features: np.ndarray, random: np.random.Generator, width: int = 10) -> None:
    """Set two random bands of normalised features (T, 80) to 0, in place (SpecAugment)."""
    for _ in range(2):
        size = random.integers(1, width)
        start = random.integers(0, features.shape[1] - size)
        features[:, start : start + size] = 0


def degrade(waveform: np.ndarray, voices: list[np.ndarray], random: np.random.Generator) -> np.ndarray:
    """A voice (N,) with six others or noise, 6 to 18 dB under it, and now and then in a room, (N,) float32.

    voices: waveforms of others to draw from.
    """
    count = len(waveform)
    if random.random() < 0.65:
        noise = np.zeros(count)
        for index in random.integers(len(voices), size=6):
            voice = np.roll(voices[index], random.integers(len(voices[index])))
            noise += np.resize(voice, count) / max(float(voice.std()), 1e-6)
    else:  # from white to brown
        spectrum = np.fft.rfft(random.normal(size=count))
        slope = (np.arange(len(spectrum)) + 50.0) ** random.uniform(0, 1)
        noise = np.fft.irfft(spectrum / slope, count)
    voice = reverberate(waveform, random) if random.random() < 0.4 else waveform
    scale = float(voice.std()) / max(float(noise.std()), 1e-9) * 10 ** (-random.uniform(6, 18) / 20)
    return np.clip(voice + scale * noise, -1, 1).astype(np.float32)


def reverberate(waveform: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The voice in a random room, (N,) → (N,): direct sound and an exponential tail of 0.1 to 0.7 s."""
    seconds = random.uniform(0.1, 0.7)
    count = int(seconds * SAMPLE_RATE)
    times = np.arange(count) / SAMPLE_RATE
    tail = random.normal(size=count) * 10 ** (-3 * times / seconds)
    tail[: int(0.002 * SAMPLE_RATE)] = 0
    tail *= random.uniform(0.2, 0.8) / np.sqrt((tail**2).sum() + 1e-9)
    tail[0] = 1
    return fftconvolve(waveform, tail)[: len(waveform)].astype(np.float32)
