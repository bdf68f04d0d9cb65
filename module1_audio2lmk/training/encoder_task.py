"""Training task of the speech encoder: with a bounded look-ahead it says what the published one says.

The published encoder (Moonshine, Jeffries et al. 2024) hears the whole sound; the one of bounded look-ahead
hears the same sound spoiled by noise, other voices or a room, and little of its future, as in a stream, or
seconds of it, as in a whole sound. The same weights learn both.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..audio.waveform import HOP, SAMPLE_RATE, normalise_loudness
from ..foundation.checkpoints import save_network
from ..foundation.errors import InputError
from ..foundation.tracks import read_between
from ..networks.speech_encoder import REACH, STEP, SpeechEncoder
from .augment import degrade
from .clips import Clip
from .content_fit import FitOptions, Heard, solve
from .face_space import displacement_of, fit_face_space
from .task import SpeechTask, mean_figures

SECONDS = 6
_EDGE = (30, 12)  # frames at either end of a sequence, of which too little is heard around them
_WHOLE = 1 << 20  # frames: more than any sound has
_SPOILED = 0.65  # share of sequences
DBFS = -23.0
_ALL = 0.4  # weight of all features, against 1 of the directions that tell mouths
_WHOLE_STEPS, _CYCLE = (1, 3), 5  # steps of each five that hear as in a whole sound
_DEVIATION = 0.1  # of the norm's logarithm: in a stream it is not yet what it will be


def unbounded(encoder: SpeechEncoder) -> SpeechEncoder:
    """The same weights, every frame attending to the whole sound, as published."""
    whole = SpeechEncoder(encoder.ahead, encoder.width, encoder.past)
    whole.load_state_dict(encoder.state_dict())
    whole.ahead, whole.past = (_WHOLE,) * len(encoder.ahead), _WHOLE
    return whole.eval().requires_grad_(False)


def heard_whole(encoder: SpeechEncoder, waveform: np.ndarray) -> np.ndarray:
    """What an `unbounded` encoder says of a waveform (N,), at the rate of mouths: (N // 256 + 1, F)."""
    sound = np.pad(normalise_loudness(waveform, DBFS), (0, REACH + STEP)).astype(np.float32)
    with torch.inference_mode():
        features = encoder(frames_of(encoder, torch.from_numpy(sound[None]), torch.ones(1)))[0].numpy()
    place = (np.arange(len(waveform) // HOP + 1) * HOP - REACH / 2) / STEP
    return read_between(features, np.clip(place, 0, len(features) - 1))


def mouth_directions(clips: list[Clip], encoder: SpeechEncoder, options: FitOptions) -> np.ndarray:
    """Directions (F, K) of an `unbounded` encoder's features that tell mouths, of unit mean square.

    They span what a ridge regression to the clips' shapes reads at any of its times.
    """
    heard = [Heard(clip, [heard_whole(encoder, clip.waveform)], displacement_of(clip)) for clip in clips]
    solved = solve(heard, [], fit_face_space([one.moved for one in heard], options.size), options)
    taps = solved[:-1].reshape(-1, encoder.width, options.size)
    values, vectors = np.linalg.eigh(np.einsum("tfk,tgk->fg", taps, taps))
    directions = vectors[:, -options.size :] * np.sqrt(np.maximum(values[-options.size :], 0))
    features = np.concatenate([one.features[0] for one in heard])
    return (directions / np.sqrt(np.mean((features @ directions) ** 2))).astype(np.float32)


class EncoderExport(SpeechTask):
    """What tasks of the speech encoder share: how its weights are written, the layers in 8 bits."""

    file = "speech_encoder.safetensors"

    def __init__(self, encoder: SpeechEncoder) -> None:
        arguments = {key: getattr(encoder, key) for key in ("ahead", "whole_ahead", "width", "past")}
        super().__init__({"encoder": encoder}, arguments)

    def write(self, folder: Path, step: int) -> None:
        about = self.about | {"steps": str(step)}
        save_network(folder / self.file, self.network, self.arguments, about, packed="layers.")


class EncoderTask(EncoderExport):
    """Speech task of the speech encoder; its stem stays as it is.

    sounds: waveforms (N,) at 16 kHz to train on. clips: talking clips among them, for what tells mouths.
    validation: held-out waveforms. encoder: with the published weights, which also teach.
    Raises InputError without talking clips.
    """

    def __init__(
        self,
        sounds: list[np.ndarray],
        clips: list[Clip],
        validation: list[np.ndarray],
        encoder: SpeechEncoder,
    ) -> None:
        if not clips:
            raise InputError("no talking clip to train on; see scripts/prepare_talking_clips.py")
        self._teacher = unbounded(encoder)
        self._directions = torch.from_numpy(mouth_directions(clips, self._teacher, FitOptions()))
        self._sounds = [normalise_loudness(sound, DBFS) for sound in sounds]
        self._lengths = np.array([len(sound) for sound in sounds], float)
        self._held_out = [normalise_loudness(sound, DBFS) for sound in validation]
        encoder.requires_grad_(False).layers.requires_grad_(True)
        super().__init__(encoder)

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        clean, heard, jitter = self.drawn(self._draw, step, rank, world)
        return {"main": self.loss(clean, heard, jitter, step % _CYCLE in _WHOLE_STEPS)}

    def _draw(self, random: np.random.Generator) -> tuple[np.ndarray, ...]:
        sound = self._sounds[random.choice(len(self._sounds), p=self._lengths / self._lengths.sum())]
        clean, _ = six_seconds(sound, random)
        heard = degrade(clean, self._sounds, random) if random.random() < _SPOILED else clean
        return clean, heard, jitter_of(random)

    def loss(self, clean: Tensor, heard: Tensor, jitter: Tensor, whole: bool = False) -> Tensor:
        """Squared error of the features, most of all of what tells mouths.

        clean: (N, S) samples for the teacher. heard: (N, S) for the network. jitter: (N,) on its norm.
        whole: it hears as in a whole sound.
        """
        with torch.no_grad():
            wanted = self._teacher(frames_of(self._teacher, clean, torch.ones_like(jitter)))
            frames = frames_of(self.network, heard, jitter)
        error = (self.network(frames, whole) - wanted)[:, _EDGE[0] : -_EDGE[1]]
        return _ALL * error.square().mean() + (error @ self._directions).square().mean()

    def validate(self) -> dict[str, float]:
        random = np.random.default_rng(self.seed)
        with torch.no_grad():
            parts = [torch.from_numpy(six_seconds(sound, random)[0])[None] for sound in self._held_out]
            forms, one = {"loss": False, "whole_loss": True}, torch.ones(1)
            return mean_figures(
                [{k: float(self.loss(part, part, one, form)) for k, form in forms.items()} for part in parts]
            )


def six_seconds(sound: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, int]:
    """6 s of a sound (N,), shorter ones in silence, and the sample of the sound at which they begin."""
    count = SECONDS * SAMPLE_RATE
    start = int(random.integers(max(1, len(sound) - count + 1)))
    part = sound[start : start + count]
    before = int(random.integers(count - len(part) + 1))
    return np.pad(part, (before, count - len(part) - before)).astype(np.float32), start - before


def jitter_of(random: np.random.Generator) -> np.ndarray:
    """A factor () on the norm, which in a stream is not yet what it will be."""
    return np.exp(random.normal(0, _DEVIATION, ())).astype(np.float32)


def frames_of(encoder: SpeechEncoder, samples: Tensor, jitter: Tensor) -> Tensor:
    """Samples (N, S) → frames (N, T, width) of the stem, normed over the whole, times jitter (N,)."""
    heard = encoder.hear(samples)
    deviation = heard.square().mean(dim=(1, 2)).sqrt() * jitter
    return encoder.stem(encoder.normalise(heard, deviation[:, None]))
