"""Training task of the speaker branch: what a face does beyond its mouth, adversarially, content frozen."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..audio.mel import Mel
from ..audio.voice import NEUTRAL_VOICE
from ..foundation.errors import InputError
from ..foundation.face.geometry import PIVOT
from ..foundation.face.pose import rotation_from_angles
from ..motion.content import ContentModel
from ..motion.head import GENERATOR_EVERY, POSE_SIZE
from ..motion.speaker import frame_windows, poses_of, step_windows
from ..networks.landmark_discriminator import LandmarkDiscriminator
from ..networks.speaker_branch import EMBEDDING_SCALE, SpeakerBranch
from . import losses
from .clips import Clip
from .face_space import opening_scale
from .task import SpeechTask

_SEEN = 64  # frames, or steps, that the discriminators see, as published
_NO_VOICE = 0.2  # share of segments without a speaker embedding: a stream begins without
_MOST_GAIN = 4.0


class SpeakerLosses(NamedTuple):
    """Weights of the terms: L1 of landmarks, Laplacian, realness, match with the speaker code."""

    position: float = 1.0
    laplacian: float = 1.0
    realness: float = 0.01
    match: float = 0.01


class MovingFace(NamedTuple):
    """T frames, or steps of 80 ms for a causal network. windows (T, 18, 80): the sound, or
    (T, hidden): what was heard in it; motion (T, 204):
    displacement of head and face from rest; content (T, 204): the part that the frozen content branch
    predicts; voice (256,)."""

    windows: np.ndarray
    motion: np.ndarray
    content: np.ndarray
    voice: np.ndarray


def sized(width: int, causal: bool) -> dict[str, Any]:
    """Arguments of a small `SpeakerBranch`. causal: it answers every 80 ms, as streams need it."""
    return {
        "hidden": width // 2,
        "layers": 1,
        "code_hidden": [width // 2, width // 4],
        "code_size": width // 4,
        "d_model": width // 4,
        "d_ff": width,
        "z_size": width // 8,
        "out_hidden": [width, width // 2],
        "with_decoder": False,
        "causal": causal,
        "max_length": 64 if causal else 512,
    }


def posed(clip: Clip) -> np.ndarray:
    """The clip's faces with their head motion about the mean pose, (T, 68, 3) normalised units."""
    rotation = rotation_from_angles(clip.rotation)
    turned = (clip.landmarks - PIVOT) @ np.swapaxes(rotation, 1, 2)
    turned = turned * (1 + clip.translation[:, None, 2:]) + PIVOT
    turned[..., :2] += clip.translation[:, None, :2]
    return turned


class SpeakerTask(SpeechTask):
    """Speech task of the speaker branch and its two discriminators.

    training, validation: talking clips. content: the frozen content branch.
    arguments: of the `SpeakerBranch`. weights: of the loss terms.
    frames: length of a segment, 62.5 a second.
    network: weights to start from. hears: train what hears the windows, too; without, each clip is heard once
    and only the response is trained, which takes a tenth of the time.
    Raises InputError where no clip is as long as a segment.
    """

    file = "speaker_branch.safetensors"

    def __init__(
        self,
        training: list[Clip],
        validation: list[Clip],
        content: ContentModel,
        arguments: dict[str, Any],
        weights: SpeakerLosses | None = None,
        frames: int = 160,
        network: SpeakerBranch | None = None,
        hears: bool = True,
    ) -> None:
        self._content, self._causal, self._hears = content, bool(arguments.get("causal")), hears
        network = network or SpeakerBranch(**arguments)
        network.audio_content_encoder.requires_grad_(hears)
        super().__init__({"speaker": network}, arguments)
        self._training = [self._moving(clip) for clip in training if len(clip.landmarks) >= frames]
        self._validation = [self._moving(clip) for clip in validation if len(clip.landmarks) >= frames]
        if not self._training:
            raise InputError(f"no clip has {frames} frames; choose a smaller --frames")
        self.weights = weights or SpeakerLosses()
        self.length = frames // GENERATOR_EVERY if self._causal else frames
        small: dict[str, Any] = {"d_model": 32, "d_ff": 128, "out_hidden": (64, 32), "max_length": _SEEN}
        code_size = network.spk_emb_encoder[-1].out_features
        self.networks["discriminator"] = nn.ModuleDict(
            {
                "realness": LandmarkDiscriminator(**small),
                "match": LandmarkDiscriminator(code_size=code_size, **small),
            }
        )

    def _moving(self, clip: Clip) -> MovingFace:
        features = Mel().batch([clip.waveform])[0][: len(clip.landmarks)]
        heard = self._content.mouths(clip.waveform)[: len(clip.landmarks)]
        motion = (posed(clip) - clip.rest).reshape(len(features), -1)
        content = heard.reshape(len(features), -1) / opening_scale(clip)
        windows = step_windows(features) if self._causal else frame_windows(features)
        if self._causal:
            motion, content = (
                part[: len(windows) * GENERATOR_EVERY].reshape(len(windows), GENERATOR_EVERY, -1).mean(axis=1)
                for part in (motion, content)
            )
        if not self._hears:
            with torch.no_grad():
                windows = self.network.hear(torch.from_numpy(np.array(windows))[None])[0].numpy()
        return MovingFace(
            windows, motion.astype(np.float32), content.astype(np.float32), clip.speaker_embedding
        )

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        return self.terms(*self.drawn(self._draw, step, rank, world))

    def terms(self, windows: Tensor, motion: Tensor, content: Tensor, voice: Tensor) -> dict[str, Tensor]:
        """Losses of generator and discriminators on (B, T, ...) tensors."""
        made, code = self._made(windows, content, voice)
        w, discriminator = self.weights, self.networks["discriminator"]
        total = w.position * (made - motion).abs().mean() + w.laplacian * losses.laplacian_loss(made, motion)
        real, fake = motion[:, :_SEEN], made[:, :_SEEN]
        if not (w.realness or w.match):
            return {"main": total}
        realness, match = discriminator["realness"], discriminator["match"]
        total = total + w.realness * losses.generator_loss(realness(fake))
        total = total + w.match * losses.generator_loss(match(fake, code))
        code, other, fake = code.detach(), code.detach().roll(1, dims=0), fake.detach()
        lowered = losses.discriminator_loss(realness(real), realness(fake))
        told = match(real, code), match(fake, code), match(real, other)
        lowered = lowered + losses.discriminator_loss(*told)
        return {"main": total, "discriminator": lowered}

    def _made(self, windows: Tensor, content: Tensor, voice: Tensor) -> tuple[Tensor, Tensor]:
        heard = self.network.hear(windows) if self._hears else windows
        residual, code = self.network.respond(heard, voice * EMBEDDING_SCALE)
        return content + residual, code

    def _draw(self, random: np.random.Generator) -> tuple[np.ndarray, ...]:
        face = self._training[random.integers(len(self._training))]
        start = random.integers(len(face.windows) - self.length + 1)
        cut = slice(start, start + self.length)
        voice = NEUTRAL_VOICE if random.random() < _NO_VOICE else face.voice
        return face.windows[cut], face.motion[cut], face.content[cut], voice

    def validate(self) -> dict[str, float]:
        """Distance to held-out motion, and how far heads turn for each degree that they turn in truth."""
        if not self._validation:
            return {}
        answers = [self._answer(face) for face in self._validation]
        errors = [
            float(np.abs(made - face.motion[: len(made)]).mean())
            for made, face in zip(answers, self._validation, strict=True)
        ]
        made, real = self._deviations()
        return {"landmark_l1": float(np.mean(errors)), "share_of_turns": float((made / real)[:3].mean())}

    def _deviations(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean deviation (7,) of the poses with brows in held-out clips: those made, and the real ones."""
        made, real = [], []
        for face in self._validation:
            answer = self._answer(face)
            made.append(poses_of(answer - face.content[: len(answer)]).std(axis=0))
            real.append(poses_of(face.motion[: len(answer)]).std(axis=0))
        return np.maximum(np.mean(made, axis=0), 1e-9), np.maximum(np.mean(real, axis=0), 1e-9)

    def _answer(self, face: MovingFace) -> np.ndarray:
        """The motion (T, 204) made for a face, as much as fits into one segment."""
        cut = slice(0, self.network.max_length)
        parts = (np.ascontiguousarray(face.windows[cut]), face.content[cut], face.voice)
        made, _ = self._made(*(torch.from_numpy(part[None]).to(self.device) for part in parts))
        return made[0].float().cpu().numpy()

    def write(self, folder: Path, step: int) -> None:
        gain = np.ones(POSE_SIZE + 1)
        if self._validation:
            made, real = self._deviations()
            gain = np.clip(real / made, 1 / _MOST_GAIN, _MOST_GAIN)
        self.about["gain"] = ",".join(f"{value:.3f}" for value in gain)
        super().write(folder, step)
