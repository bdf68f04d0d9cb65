"""Training tasks of the networks that hear voices: GE2E speaker encoder and AutoVC."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from .. import losses, pitch
from ..audio import mel_spectrogram, normalise_loudness
from ..foundation.errors import InputError
from ..models.autovc import AutoVC
from ..models.speaker_encoder import SpeakerEncoder
from ..own_weights import save_own
from ..speaker_audio import PARTIAL_FRAMES, SPEAKER_DBFS, speaker_mel, trim_silences
from .clips import Clip


def _voices(clips: list[Clip]) -> dict[str, list[np.ndarray]]:
    """Power mel (T, 40) of the speech of each voice, those long enough for two partial utterances."""
    voices: dict[str, list[np.ndarray]] = {}
    for clip in clips:
        speech = trim_silences(normalise_loudness(clip.waveform, SPEAKER_DBFS, raise_only=True))
        mel = speaker_mel(speech) if len(speech) else np.zeros((0, 40), np.float32)
        if len(mel) > PARTIAL_FRAMES + 20:
            voices.setdefault(clip.speaker, []).append(mel)
    return voices


def equal_error_rate(same: np.ndarray, different: np.ndarray) -> float:
    """The rate at which as many pairs of one voice are missed as pairs of two voices are taken for one."""
    limits = np.sort(np.concatenate([same, different]))
    missed = np.searchsorted(np.sort(same), limits, side="left") / len(same)
    taken = 1 - np.searchsorted(np.sort(different), limits, side="left") / len(different)
    best = np.abs(missed - taken).argmin()
    return float((missed[best] + taken[best]) / 2)


class SpeakerEncoderTask:
    """`engine.Task` of the speaker encoder (Wan et al. 2018): voices far apart, one voice close together.

    Args:
        training, validation: clips of both kinds, told apart by ``Clip.speaker``.
        arguments: of the `SpeakerEncoder`. voices, partials: of a batch; over all processes.

    Raises:
        InputError: fewer than two voices.
    """

    def __init__(
        self,
        training: list[Clip],
        validation: list[Clip],
        arguments: dict[str, Any],
        voices: int = 16,
        partials: int = 4,
        seed: int = 0,
        about: dict[str, str] | None = None,
    ) -> None:
        self._training = list(_voices(training).values())
        self._validation = list(_voices(validation).values())
        if len(self._training) < 2:
            raise InputError("a speaker encoder needs clips of at least two voices")
        self.voices, self.partials, self.seed = min(voices, len(self._training)), partials, seed
        self._arguments, self.about = arguments, about or {}
        self.networks: dict[str, nn.Module] = {"encoder": SpeakerEncoder(**arguments)}

    @property
    def network(self) -> SpeakerEncoder:
        return self.networks["encoder"]  # type: ignore[return-value]

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        random = np.random.default_rng([self.seed, step, rank])
        chosen = random.choice(len(self._training), self.voices, replace=False)
        mel = np.stack([self._partials(self._training[index], random, self.partials) for index in chosen])
        device = self.network.similarity_weight.device
        embeddings = self.network(torch.from_numpy(mel).flatten(0, 1).to(device))
        embeddings = embeddings.unflatten(0, (self.voices, self.partials))
        network = self.network
        return {"main": losses.ge2e_loss(embeddings, network.similarity_weight, network.similarity_bias)}

    def _partials(self, mels: list[np.ndarray], random: np.random.Generator, count: int) -> np.ndarray:
        """Random partial utterances (count, 160, 40) of one voice, each through its own microphone."""
        cut = []
        for _ in range(count):
            mel = mels[random.integers(len(mels))]
            start = random.integers(len(mel) - PARTIAL_FRAMES + 1)
            curve = np.cumsum(random.normal(0, 0.04, mel.shape[1]))
            cut.append(mel[start : start + PARTIAL_FRAMES] * 10 ** (curve - curve.mean()))
        return np.stack(cut).astype(np.float32)

    def validate(self) -> dict[str, float]:
        if len(self._validation) < 2:
            return {}
        random = np.random.default_rng(0)
        device = self.network.similarity_weight.device
        mel = np.concatenate([self._partials(voice, random, 6) for voice in self._validation])
        embeddings = self.network(torch.from_numpy(mel).to(device)).cpu().numpy()
        names = np.repeat(np.arange(len(self._validation)), 6)
        likeness = embeddings @ embeddings.T
        upper = np.triu(np.ones_like(likeness, bool), 1)
        same = names[:, None] == names
        return {"equal_error_rate": equal_error_rate(likeness[upper & same], likeness[upper & ~same])}

    def export(self, folder: Path, step: int) -> None:
        about = self.about | {"steps": str(step)}
        save_own(folder / "speaker_encoder.safetensors", self.network, self._arguments, about)


class AutoVCLosses(NamedTuple):
    """Weights of the decoder's reconstruction and of the content code term."""

    decoded: float = 1.0
    code: float = 1.0


class AutoVCTask:
    """`engine.Task` of AutoVC (Qian et al. 2019): speak a mel again through the bottleneck, in its own voice.

    Args:
        training, validation: clips with speaker embeddings. arguments: of the `AutoVC`.
        frames: length of a sequence, a multiple of the code's step. batch_size: over all processes.

    Raises:
        InputError: no clip is as long as a sequence.
    """

    def __init__(
        self,
        training: list[Clip],
        validation: list[Clip],
        arguments: dict[str, Any],
        weights: AutoVCLosses | None = None,
        frames: int = 128,
        batch_size: int = 8,
        seed: int = 0,
        about: dict[str, str] | None = None,
    ) -> None:
        network = AutoVC(**arguments)
        self.frames = frames - frames % network.encoder.freq
        self._training = [self._spoken(clip) for clip in training if len(clip.landmarks) > self.frames]
        self._validation = [self._spoken(clip) for clip in validation if len(clip.landmarks) > self.frames]
        if not self._training:
            raise InputError(f"no clip has more than {self.frames} frames; choose a smaller --frames")
        self.networks: dict[str, nn.Module] = {"autovc": network}
        self.weights, self.batch_size, self.seed = weights or AutoVCLosses(), batch_size, seed
        self._arguments, self.about = arguments, about or {}

    @property
    def network(self) -> AutoVC:
        return self.networks["autovc"]  # type: ignore[return-value]

    @staticmethod
    def _spoken(clip: Clip) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        loud = normalise_loudness(clip.waveform)
        return mel_spectrogram(loud), pitch.normalise_log_f0(pitch.log_f0(loud)), clip.speaker_embedding

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        drawn = []
        for index in range(rank, self.batch_size, world):
            random = np.random.default_rng([self.seed, step, index])
            mel, f0, voice = self._training[random.integers(len(self._training))]
            start = random.integers(len(mel) - self.frames + 1)
            cut = slice(start, start + self.frames)
            drawn.append((mel[cut], pitch.quantise_f0(f0[cut]), voice))
        mel, f0, voice = (torch.from_numpy(np.stack(part)) for part in zip(*drawn, strict=True))
        return {"main": self.loss(mel, f0, voice)}

    def loss(self, mel: Tensor, f0: Tensor, voice: Tensor) -> Tensor:
        """Reconstruction and code terms of (B, T, 80) mels."""
        device = next(self.network.parameters()).device
        mel, f0, voice = mel.to(device), f0.to(device), voice.to(device)
        decoded, sharpened, codes = self.network(mel, voice, f0, voice)
        again = self.network.encode(sharpened, voice).flatten(1)
        return losses.autovc_loss(mel, decoded, sharpened, codes, again, *self.weights)

    def validate(self) -> dict[str, float]:
        scores = []
        for mel, f0, voice in self._validation:
            length = len(mel) - len(mel) % self.network.encoder.freq
            parts = (mel[:length], pitch.quantise_f0(f0[:length]), voice)
            scores.append(float(self.loss(*(torch.from_numpy(part[None]) for part in parts))))
        return {"reconstruction": float(np.mean(scores))} if scores else {}

    def export(self, folder: Path, step: int) -> None:
        save_own(
            folder / "autovc.safetensors", self.network, self._arguments, self.about | {"steps": str(step)}
        )
