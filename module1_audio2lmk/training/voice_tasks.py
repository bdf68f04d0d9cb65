"""Training tasks of the networks that hear voices: GE2E speaker encoder and AutoVC."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.signal import lfilter
from torch import Tensor

from ..audio import pitch
from ..audio.voice import (
    PARTIAL_FRAMES,
    PARTIAL_STEP,
    SPEAKER_BANDS,
    SPEAKER_DBFS,
    speaker_mel,
    trim_silences,
)
from ..audio.waveform import SAMPLE_RATE, normalise_loudness
from ..foundation.errors import InputError
from ..foundation.media import read_audio
from ..networks.autovc import AutoVC
from ..networks.speaker_encoder import SpeakerEncoder
from ..published.mel import mel_spectrogram
from . import losses
from .augment import warp_frequency
from .clips import Clip, read_split
from .task import SpeechTask

_SHORTEST = 80  # frames of a partial utterance in training
_PARTIALS = 4  # of each voice of a batch
_WARPS = (0.87, 1.0, 1.15)  # lengths of the throat, with each of which a voice counts as one more


Voices = dict[str, list[np.ndarray]]
_SECONDS = 120.0  # of a voice: more says little more about it


def waveforms_of(clips: list[Clip]) -> Voices:
    """Waveforms (N,) of clips by voice."""
    voices: Voices = {}
    for clip in clips:
        voices.setdefault(clip.speaker, []).append(clip.waveform)
    return voices


def _heard(voices: Voices) -> list[list[np.ndarray]]:
    """Power mel (T, 40) of the speech of each voice, of waveforms long enough for two partial utterances."""
    heard = []
    for waveforms in voices.values():
        mels = []
        for waveform in waveforms:
            speech = trim_silences(normalise_loudness(waveform, SPEAKER_DBFS, raise_only=True))
            mel = speaker_mel(speech) if len(speech) else np.zeros((0, 40), np.float32)
            if len(mel) > PARTIAL_FRAMES + 20:
                mels.append(mel)
        if mels:
            heard.append(mels)
    return heard


def equal_error_rate(same: np.ndarray, different: np.ndarray) -> float:
    """The rate at which as many pairs of one voice are missed as pairs of two voices are taken for one."""
    limits = np.sort(np.concatenate([same, different]))
    missed = np.searchsorted(np.sort(same), limits, side="left") / len(same)
    taken = 1 - np.searchsorted(np.sort(different), limits, side="left") / len(different)
    best = np.abs(missed - taken).argmin()
    return float((missed[best] + taken[best]) / 2)


def _error_rate(embeddings: np.ndarray, each: int) -> float:
    """Equal error rate among embeddings (V * each, D), ``each`` of every voice in a row."""
    unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-9)
    names = np.repeat(np.arange(len(unit) // each), each)
    similarity = unit @ unit.T
    upper = np.triu(np.ones_like(similarity, bool), 1)
    same = names[:, None] == names
    return equal_error_rate(similarity[upper & same], similarity[upper & ~same])


def _partials(mel: np.ndarray) -> np.ndarray:
    """Overlapping partial utterances (P, n, 40), n <= 160, of a mel (T, 40)."""
    frames = min(PARTIAL_FRAMES, len(mel))
    starts = range(0, len(mel) - frames + 1, PARTIAL_STEP)
    return np.stack([mel[start : start + frames] for start in starts])


def microphones(random: np.random.Generator, count: int) -> np.ndarray:
    """Random power responses (count, 40) of microphones."""
    curve = np.cumsum(random.normal(0, 0.05, (count, SPEAKER_BANDS)), axis=1)
    return 10 ** (curve - curve.mean(axis=1, keepdims=True))


def recorded(mel: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A power mel (T, 40) as recorded in a random room by a random microphone, with random noise."""
    power = mel * microphones(random, 1)
    if random.random() < 0.4:
        decay, share = random.uniform(0.5, 0.9), random.uniform(0.05, 0.5)
        tail = lfilter([1 - decay], [1, -decay], power, axis=0)
        power = (1 - share) * power + share * tail
    if random.random() < 0.2:
        power[:, random.integers(24, 36) :] *= 1e-3
    if random.random() < 0.5:
        colour = 10 ** np.cumsum(random.normal(0, 0.1, SPEAKER_BANDS))
        noise = colour * random.exponential(size=power.shape)
        power = power + noise * (power.mean() / noise.mean() * 10 ** (-random.uniform(0.3, 3.5)))
    return power.astype(np.float32)


def read_voices(
    folder: str | os.PathLike[str],
) -> tuple[dict[str, list[np.ndarray]], dict[str, list[np.ndarray]]]:
    """Waveforms (N,) at 16 kHz by voice: those to train on, and those that the folder's split.json holds out.

    The short files of a voice are joined; two minutes of each voice are read, from files spread evenly.
    Raises InputError where there is no such folder, it has no subfolder of sound files, or a file cannot be
    read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; give --voice_data a folder with a subfolder for each voice")
    held_out = set(read_split(folder))
    voices = {path.name: [_read(path)] for path in sorted(folder.iterdir()) if path.is_dir()}
    voices = {name: parts for name, parts in voices.items() if len(parts[0])}
    if not voices or not held_out <= set(voices):
        missing = f"lacks {', '.join(sorted(held_out - set(voices)))}" if voices else "has no sound files"
        raise InputError(f"{folder} {missing}; give each voice a subfolder of sound files")
    training = {name: parts for name, parts in voices.items() if name not in held_out}
    return training, {name: voices[name] for name in sorted(held_out)}


def _read(folder: Path) -> np.ndarray:
    """Sound of the files of a folder, joined."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    order = np.random.default_rng(0).permutation(len(files))
    parts, samples = [np.zeros(0, np.float32)], 0
    for index in order:
        if samples > _SECONDS * SAMPLE_RATE:
            break
        parts.append(read_audio(files[index]))
        samples += len(parts[-1])
    return np.concatenate(parts)


class SpeakerEncoderTask(SpeechTask):
    """Speech task of the speaker encoder (Wan et al. 2018): voices far apart, one voice close together.

    training, validation: waveforms (N,) at 16 kHz by voice, see `waveforms_of`.
    arguments: of the `SpeakerEncoder`. A batch has as many voices as items, or all.
    Raises InputError for fewer than two voices.
    """

    file = "speaker_encoder.safetensors"

    def __init__(
        self,
        training: Voices,
        validation: Voices,
        arguments: dict[str, Any],
    ) -> None:
        self._training, self._validation = _heard(training), _heard(validation)
        if len(self._training) < 2:
            raise InputError("a speaker encoder needs clips of at least two voices")
        super().__init__({"encoder": SpeakerEncoder(**arguments)}, arguments)

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        random = np.random.default_rng([self.seed, step, rank])
        voices = min(self.batch_size, len(self._training))
        chosen = random.choice(len(self._training) * len(_WARPS), voices, replace=False)
        frames = int(random.integers(_SHORTEST, PARTIAL_FRAMES + 1))
        mel = np.stack([self._drawn(*divmod(int(index), len(_WARPS)), random, frames) for index in chosen])
        embeddings = self.network(torch.from_numpy(mel).flatten(0, 1).to(self.device)).float()
        embeddings = embeddings.unflatten(0, (voices, _PARTIALS))
        network = self.network
        return {"main": losses.ge2e_loss(embeddings, network.similarity_weight, network.similarity_bias)}

    def _drawn(self, voice: int, warp: int, random: np.random.Generator, frames: int) -> np.ndarray:
        """Random partial utterances (_PARTIALS, frames, 40) of one voice, each recorded elsewhere."""
        cut = []
        for _ in range(_PARTIALS):
            mel = self._training[voice][random.integers(len(self._training[voice]))]
            start = random.integers(len(mel) - frames + 1)
            warped = warp_frequency(mel[start : start + frames], _WARPS[warp])
            cut.append(recorded(warped, random))
        return np.stack(cut)

    def validate(self) -> dict[str, float]:
        """Equal error rates of held-out voices: single partial utterances, each through a microphone of its
        own, and halves of a voice's speech, if long enough, as they are."""
        if len(self._validation) < 2:
            return {}
        random = np.random.default_rng(0)
        partials, halves = [], []
        for mels in self._validation:
            mel = np.concatenate(mels)
            starts = random.integers(len(mel) - PARTIAL_FRAMES + 1, size=6)
            drawn = np.stack([mel[start : start + PARTIAL_FRAMES] for start in starts])
            partials.append(self._embed(drawn * microphones(random, 6)[:, None]))
            if len(mel) >= 2 * PARTIAL_FRAMES:
                halves.append([self._embed(_partials(half)).mean(axis=0) for half in np.array_split(mel, 2)])
        figures = {"equal_error_rate": _error_rate(np.concatenate(partials), 6)}
        if len(halves) > 1:
            figures["error_rate_of_halves"] = _error_rate(np.concatenate(halves), 2)
        return figures

    def _embed(self, mel: np.ndarray) -> np.ndarray:
        return self.network(torch.from_numpy(mel.astype(np.float32)).to(self.device)).float().cpu().numpy()


class AutoVCTask(SpeechTask):
    """Speech task of AutoVC (Qian et al. 2019): speak a mel again through the bottleneck, in its own voice.

    training, validation: clips with speaker embeddings. arguments: of the `AutoVC`.
    frames: length of a sequence, a multiple of the code's step.
    Raises InputError where no clip is as long as a sequence.
    """

    file = "autovc.safetensors"

    def __init__(
        self,
        training: list[Clip],
        validation: list[Clip],
        arguments: dict[str, Any],
        frames: int = 128,
    ) -> None:
        super().__init__({"autovc": AutoVC(**arguments)}, arguments)
        self.frames = frames - frames % self.network.encoder.freq
        self._training = [self._spoken(clip) for clip in training if len(clip.landmarks) > self.frames]
        self._validation = [self._spoken(clip) for clip in validation if len(clip.landmarks) > self.frames]
        if not self._training:
            raise InputError(f"no clip has more than {self.frames} frames; choose a smaller --frames")

    @staticmethod
    def _spoken(clip: Clip) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        loud = normalise_loudness(clip.waveform)
        return mel_spectrogram(loud), pitch.normalise_log_f0(pitch.log_f0(loud)), clip.speaker_embedding

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        return {"main": self.loss(*self.drawn(self._draw, step, rank, world))}

    def _draw(self, random: np.random.Generator) -> tuple[np.ndarray, ...]:
        mel, f0, voice = self._training[random.integers(len(self._training))]
        start = random.integers(len(mel) - self.frames + 1)
        cut = slice(start, start + self.frames)
        return mel[cut], pitch.quantise_f0(f0[cut]), voice

    def loss(self, mel: Tensor, f0: Tensor, voice: Tensor) -> Tensor:
        """Reconstruction and code terms of (B, T, 80) mels."""
        mel, f0, voice = (part.to(self.device) for part in (mel, f0, voice))
        decoded, sharpened, codes = self.network(mel, voice, f0, voice)
        again = self.network.encoder(sharpened, voice).flatten(1)
        return losses.autovc_loss(mel, decoded, sharpened, codes, again)

    def validate(self) -> dict[str, float]:
        scores = []
        for mel, f0, voice in self._validation:
            length = len(mel) - len(mel) % self.network.encoder.freq
            parts = (mel[:length], pitch.quantise_f0(f0[:length]), voice)
            scores.append(float(self.loss(*(torch.from_numpy(part[None]) for part in parts))))
        return {"reconstruction": float(np.mean(scores))} if scores else {}
