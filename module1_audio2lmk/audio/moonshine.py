"""Front-end that knows speech: the first layers of the recogniser Moonshine, at the 62.5 Hz of the mel.

A voice comes to it at the usual level, whether recorded near or from afar (`RunningLoudness`).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ..foundation.backends import Network, Runtime, load, running
from ..foundation.checkpoints import find
from ..foundation.errors import InputError
from ..foundation.tracks import read_between
from .highpass import HighPass
from .waveform import HOP, SAMPLE_RATE

_LEAD = 2  # frames of silence before the sound, so that there is one before its first
#: Deviation of the first convolution on speech at the usual level, and outputs for which that is believed.
_DEVIATION, _PRIOR = 0.05, 60
_WINDOW = 1000  # outputs of speech that the norm remembers: 4 s
_PAUSE = 30.0  # dB under the usual level that do not count
_PIECE = 4 * SAMPLE_RATE  # samples heard at a time
_ENDLESS = 2**62
#: Whether whole sounds are heard → what of the encoder runs, and the number that is its look-ahead.
_FORMS = {False: ("advance", "look_ahead"), True: ("advance_whole", "whole_look_ahead")}
BLOCK = 64  # samples of one gain: 4 ms
TARGET_DBFS = -23.0
#: Nothing quieter than this is raised: digital silence and the noise of converters stay what they are.
FLOOR_DBFS = -72.0
_GATE, _ONSET = 30.0, 15.0  # dB under the peak that count as a pause, over it that begin anew
_DECAY = 2.0 * BLOCK / SAMPLE_RATE  # dB a block by which the peak falls
_BLOCKS = 4 * SAMPLE_RATE // BLOCK  # of speech that are remembered
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
            self._count = min(self._count + 1, _BLOCKS)
            self._power += (power - self._power) / self._count
        floor = 10 ** (FLOOR_DBFS / 10)
        return float(10 ** (TARGET_DBFS / 20) / np.sqrt(max(self._power, floor)))


class MoonshineStream:
    """`front_ends.FeatureStream` of the encoder's features, standardised over speech.

    encoder: a `SpeechEncoder` as it runs; shared by any number of streams.
    whole: hear with the look-ahead for whole sounds.
    """

    def __init__(self, encoder: Runtime, whole: bool = False) -> None:
        self._encoder, self._numbers = encoder, encoder.numbers
        self._advance, late = _FORMS[whole]
        self._step, self._late = encoder.numbers["step"], encoder.numbers[late]
        self._centre = encoder.numbers["reach"] / 2 - _LEAD * self._step  # sample amid the first frame
        self._loudness = RunningLoudness()
        self._sound = np.zeros(_LEAD * self._step, np.float32)  # that the first convolution has yet to leave
        self._heard = np.zeros((1, encoder.numbers["width"], 0), np.float32)  # its outputs for frames to come
        self._spread = np.zeros((1, 0), np.float32)  # the deviation that norms each
        self._samples = self._known = 0  # samples; frames that the encoder was given
        self._memory = encoder.zeros(self._advance, "memory")
        self._variance, self._count = _DEVIATION**2, float(_PRIOR)
        self._features = np.zeros((0, encoder.numbers["width"]), np.float32)
        self._first = 0  # number of the first frame of the encoder that is kept
        self._frames = 0  # features that were returned

    def add(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) samples in [-1, 1] and return the features that are ready, (t, size)."""
        self._samples += len(samples)
        for start in range(0, len(samples), _PIECE):
            self._hear(self._loudness.add(samples[start : start + _PIECE]))
        return self._read(None)

    def finish(self) -> np.ndarray:
        """End the sound: the last features, (t, size). Without any sample there are none."""
        if not self._samples:
            return self._features
        self._hear(np.concatenate([self._loudness.finish(), np.zeros(self._numbers["reach"] + self._step)]))
        more = self._late * self._numbers["frame_step"]
        heard = np.pad(self._heard, ((0, 0), (0, 0), (0, more)))
        spread = np.pad(self._spread, ((0, 0), (0, more)), constant_values=1)
        self._encode(heard, spread, self._known)
        return self._read(self._samples // HOP + 1)

    def _hear(self, sound: np.ndarray) -> None:
        numbers = self._numbers
        self._sound = np.concatenate([self._sound, sound.astype(np.float32)])
        outputs = (len(self._sound) - numbers["first_reach"]) // numbers["first_step"] + 1
        if outputs <= 0:
            return
        (heard,) = self._encoder("hear", self._sound[None])
        self._sound = self._sound[outputs * numbers["first_step"] :]
        spread = self._deviations(np.square(heard[0]).mean(axis=0).astype(np.float64))
        self._heard = np.concatenate([self._heard, heard], axis=2)
        self._spread = np.concatenate([self._spread, spread], axis=1)
        self._encode(self._heard, self._spread, _ENDLESS)

    def _encode(self, heard: np.ndarray, spread: np.ndarray, end: int) -> None:
        """All frames that are heard, of a sound of ``end`` frames."""
        numbers = self._numbers
        count = (heard.shape[2] - numbers["frame_reach"]) // numbers["frame_step"] + 1
        if count <= 0:
            return
        place = np.array([self._known]), np.array([end])
        features, self._memory = self._encoder(self._advance, heard, spread, *place, self._memory)
        before = max(0, self._late - self._known)  # frames before the first
        self._features = np.concatenate([self._features, features[before:]])
        self._known += count
        self._heard = heard[:, :, count * numbers["frame_step"] :]
        self._spread = spread[:, count * numbers["frame_step"] :]

    def _deviations(self, variances: np.ndarray) -> np.ndarray:
        """The norm's deviation once each of the variances (P,) is heard, (1, P); pauses do not count."""
        deviation = np.zeros((1, len(variances)), np.float32)
        for index, variance in enumerate(variances):
            if variance > _DEVIATION**2 * 10 ** (-_PAUSE / 10):
                self._count = min(self._count + 1, _WINDOW)
                self._variance += (variance - self._variance) / self._count
            deviation[0, index] = np.sqrt(self._variance)
        return deviation

    def _read(self, total: int | None) -> np.ndarray:
        """Features at 62.5 Hz up to number ``total``, or those that lie between frames of the encoder."""
        last = self._first + len(self._features) - 1
        ready = int((last * self._step + self._centre) // HOP) + 1 if last >= 0 else 0
        stop = max(ready if total is None else total, self._frames)
        position = (np.arange(self._frames, stop) * HOP - self._centre) / self._step - self._first
        self._frames = stop
        if not len(position):
            return self._features[:0]
        out = read_between(self._features, position)
        drop = max(0, int((stop * HOP - self._centre) // self._step) - self._first)
        self._features, self._first = self._features[drop:], self._first + drop
        return out


class Moonshine:
    """`front_ends.FrontEnd` of the encoder; see `networks.speech_encoder` for what it looks at.

    encoder: a `SpeechEncoder`, or what runs one; by default the shipped weights, run by ``backend``.
    whole: hear seconds ahead, for whole sounds.
    """

    hop, weights = HOP, "speech_encoder"

    def __init__(
        self, encoder: Network | Runtime | None = None, backend: str = "auto", whole: bool = False
    ) -> None:
        self._encoder = shipped_encoder(backend) if encoder is None else running(encoder)
        numbers = self._encoder.numbers
        self.size, self._whole = numbers["width"], whole
        frames = numbers[_FORMS[whole][1]] + 1  # a feature lies between two of the encoder's frames
        self.look_ahead = frames * numbers["step"] + numbers["reach"] // 2 + BLOCK

    def stream(self) -> MoonshineStream:
        return MoonshineStream(self._encoder, self._whole)

    def batch(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        done = []
        for waveform in waveforms:
            stream = self.stream()
            done.append(np.concatenate([stream.add(waveform), stream.finish()]))
        return done


@lru_cache(maxsize=1)
def shipped_encoder(backend: str = "auto") -> Runtime:
    """The encoder in the checkpoints folder. Raises InputError where it is not there, damaged, or of another
    form."""
    found = find(Moonshine.weights)
    if found is None:
        raise InputError("no speech encoder in the checkpoints; choose --front_end mel")
    return load(found, "SpeechEncoder", backend)
