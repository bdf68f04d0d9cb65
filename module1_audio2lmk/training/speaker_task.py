"""Training task of the speaker branch: what a face does beyond its mouth, adversarially, content frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from .. import losses
from ..audio import WINDOW_FRAMES
from ..content_stream import ContentModel
from ..foundation.errors import InputError
from ..head_motion import PIVOT
from ..models.landmark_discriminator import LandmarkDiscriminator
from ..models.speaker_branch import EMBEDDING_SCALE, SpeakerBranch
from ..own_weights import save_own
from ..registration import rotation_from_angles
from .clips import Clip
from .face_space import opening_scale
from .features import normalise_batch, raw_mel

_JUDGED = 64  # frames that the discriminators see, as published


class SpeakerLosses(NamedTuple):
    """Weights of the terms: L1 of landmarks, Laplacian, realness, match with the speaker code."""

    position: float = 1.0
    laplacian: float = 1.0
    realness: float = 0.01
    match: float = 0.01


class MovingFace(NamedTuple):
    """features (T, 80); motion (T, 204), displacement of head and face from rest; content (T, 204), the part
    that the frozen content branch predicts; voice (256,)."""

    features: np.ndarray
    motion: np.ndarray
    content: np.ndarray
    voice: np.ndarray


def posed(clip: Clip) -> np.ndarray:
    """The clip's faces with their head motion about the mean pose, (T, 68, 3) normalised units."""
    rotation = rotation_from_angles(clip.rotation)
    turned = (clip.landmarks - PIVOT) @ np.swapaxes(rotation, 1, 2)
    turned = turned * (1 + clip.translation[:, None, 2:]) + PIVOT
    turned[..., :2] += clip.translation[:, None, :2]
    return turned


class SpeakerTask:
    """`engine.Task` of the speaker branch and its two discriminators.

    Args:
        training, validation: talking clips. content: the frozen content branch.
        arguments: of the `SpeakerBranch`. weights: of the loss terms.
        frames: length of a segment. batch_size: segments a step, over all processes.

    Raises:
        InputError: no clip is as long as a segment.
    """

    def __init__(
        self,
        training: list[Clip],
        validation: list[Clip],
        content: ContentModel,
        arguments: dict[str, Any],
        weights: SpeakerLosses | None = None,
        frames: int = 160,
        batch_size: int = 8,
        seed: int = 0,
        about: dict[str, str] | None = None,
    ) -> None:
        self._content = content
        self._training = [self._moving(clip) for clip in training if len(clip.landmarks) >= frames]
        self._validation = [self._moving(clip) for clip in validation if len(clip.landmarks) >= frames]
        if not self._training:
            raise InputError(f"no clip has {frames} frames; choose a smaller --frames")
        self._arguments, self.weights = arguments, weights or SpeakerLosses()
        self.frames, self.batch_size, self.seed, self.about = frames, batch_size, seed, about or {}
        network = SpeakerBranch(**arguments)
        small = {"d_model": 32, "d_ff": 128, "out_hidden": (64, 32), "max_length": _JUDGED}
        self.networks: dict[str, nn.Module] = {
            "speaker": network,
            "discriminator": nn.ModuleDict(
                {
                    "realness": LandmarkDiscriminator(**small),
                    "match": LandmarkDiscriminator(
                        code_size=network.spk_emb_encoder[-1].out_features, **small
                    ),
                }
            ),
        }

    @property
    def network(self) -> SpeakerBranch:
        return self.networks["speaker"]  # type: ignore[return-value]

    def _moving(self, clip: Clip) -> MovingFace:
        features = normalise_batch(raw_mel(clip.waveform)[None])[0][: len(clip.landmarks)]
        heard = self._content.mouths(clip.waveform)[: len(clip.landmarks)]
        motion = (posed(clip) - clip.rest).reshape(len(features), -1)
        content = heard.reshape(len(features), -1) / opening_scale(clip)
        return MovingFace(
            features, motion.astype(np.float32), content.astype(np.float32), clip.speaker_embedding
        )

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        picked = [
            self._draw(np.random.default_rng([self.seed, step, index]))
            for index in range(rank, self.batch_size, world)
        ]
        device = next(self.network.parameters()).device
        faces = [torch.from_numpy(np.stack(part)).to(device) for part in zip(*picked, strict=True)]
        return self.terms(*faces)

    def terms(self, features: Tensor, motion: Tensor, content: Tensor, voice: Tensor) -> dict[str, Tensor]:
        """Losses of generator and discriminators on (B, T, ...) tensors."""
        made, code = self._made(features, content, voice)
        w, judge = self.weights, self.networks["discriminator"]
        total = w.position * (made - motion).abs().mean() + w.laplacian * losses.laplacian_loss(made, motion)
        real, fake = motion[:, :_JUDGED], made[:, :_JUDGED]
        if not (w.realness or w.match):
            return {"main": total}
        total = total + w.realness * losses.generator_loss(judge["realness"](fake))
        total = total + w.match * losses.generator_loss(judge["match"](fake, code))
        code, other = code.detach(), code.detach().roll(1, dims=0)
        judged = losses.discriminator_loss(judge["realness"](real), judge["realness"](fake.detach()))
        judged = judged + losses.discriminator_loss(
            judge["match"](real, code), judge["match"](fake.detach(), code), judge["match"](real, other)
        )
        return {"main": total, "discriminator": judged}

    def _made(self, features: Tensor, content: Tensor, voice: Tensor) -> tuple[Tensor, Tensor]:
        padded = torch.cat([features, features[:, -1:].expand(-1, WINDOW_FRAMES - 1, -1)], dim=1)
        windows = padded.unfold(1, WINDOW_FRAMES, 1).transpose(2, 3)
        residual, code = self.network(windows, voice * EMBEDDING_SCALE)
        return content + residual, code

    def _draw(self, random: np.random.Generator) -> tuple[np.ndarray, ...]:
        face = self._training[random.integers(len(self._training))]
        start = random.integers(len(face.features) - self.frames + 1)
        parts = (face.features, face.motion, face.content)
        return (*(part[start : start + self.frames] for part in parts), face.voice)

    def validate(self) -> dict[str, float]:
        device = next(self.network.parameters()).device
        scores = []
        for face in self._validation:
            parts = [torch.from_numpy(part[None]).to(device) for part in face]
            limit = self.network.max_length
            features, motion, content = (part[:, :limit] for part in parts[:3])
            made, _ = self._made(features, content, parts[3])
            scores.append(float((made - motion).abs().mean()))
        return {"landmark_l1": float(np.mean(scores))} if scores else {}

    def export(self, folder: Path, step: int) -> None:
        about = self.about | {"steps": str(step)}
        save_own(folder / "speaker_branch.safetensors", self.network, self._arguments, about)
