"""Training task of the speech encoder: what the content branch reads of it moves as the mouths of clips do.

The content branch stays as it was fitted; the upper layers of the encoder learn, for few steps, to say what
it reads, and else what they said before. More steps, or all layers, learn the few minutes of clips by heart.
"""

from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..audio.waveform import HOP, SAMPLE_RATE, normalise_loudness
from ..foundation.checkpoints import build, read_metadata
from ..foundation.errors import InputError
from ..foundation.face.geometry import inner_gap
from ..foundation.tracks import read_between
from ..networks.speech_encoder import REACH, STEP, SpeechEncoder
from ..networks.streaming_content_branch import StreamingContentBranch
from .augment import degrade
from .clips import Clip
from .encoder_task import DBFS, SECONDS, EncoderExport, frames_of, jitter_of, six_seconds
from .face_space import TYPICAL_RANGE, closed_rest, displacement_of, fit_measure_map, synthetic_shapes
from .task import mean_figures

_COUNT = (SECONDS * SAMPLE_RATE - REACH) // STEP + 1  # frames of a sequence
_SPOILED, _SYNTHETIC = 0.65, 0.15  # shares of sequences
_SYNTHETIC_TRUST = 0.4
_CUT, _ENDS = 20, (4, 3)  # frames that hear too little: after a cut, and at the ends of any sequence
_DEVIATION = TYPICAL_RANGE / 3  # of the opening, roughly
_SHAPES, _SHAPE_WEIGHT = 6, 0.5  # first coordinates of the face space, against 1 of the opening
_CHANNELS_OUT, _FEATURES_OUT = 0.1, 0.15  # shares left out, of the stem's channels and of the features
_KEPT = 0.3  # weight of all that the encoder said of the clean sound before, against 1 of the opening
_GAPS, _LONGEST_GAP = 2, 8  # at most, in frames, of what the stem says


class _Labelled(NamedTuple):
    """A sound (S,), the shapes (T, K) of its mouth and trust (T,) in them."""

    sound: np.ndarray
    shapes: np.ndarray
    trust: np.ndarray


def content_on_encoder(path: Path) -> StreamingContentBranch:
    """A content branch that hears the speech encoder. Raises InputError where the file is no content branch,
    or is one that hears something else."""
    if read_metadata(path).get("features") != "moonshine":
        raise InputError(
            f"--mouths {path} does not hear moonshine; fit one by --branch content --front_end moonshine"
        )
    return build(path, StreamingContentBranch)


class MouthTask(EncoderExport):
    """Speech task of the upper half of the encoder's layers.

    talking, synthetic: clips to train on. validation: held-out talking clips.
    encoder: to begin with. content: fitted to its features, with linear members; it is not trained.
    """

    def __init__(
        self,
        talking: list[Clip],
        synthetic: list[Clip],
        validation: list[Clip],
        encoder: SpeechEncoder,
        content: StreamingContentBranch,
    ) -> None:
        super().__init__(encoder)
        self._before = deepcopy(encoder).eval().requires_grad_(False)
        encoder.requires_grad_(False).layers[len(encoder.layers) // 2 :].requires_grad_(True)
        self._convolution = content.members[0][-1].conv.requires_grad_(False)
        basis = content.basis.numpy()
        self._opening = torch.from_numpy(inner_gap(basis.reshape(-1, 68, 3)) / _DEVIATION).float()
        project = np.linalg.pinv(basis)

        def labelled(clip: Clip) -> _Labelled:
            shapes = displacement_of(clip, closed_rest(clip, basis)) @ project
            return _Labelled(normalise_loudness(clip.waveform, DBFS), shapes, clip.confidence)

        self._talking = [labelled(clip) for clip in talking]
        self._held_out = [labelled(clip) for clip in validation]
        measures = fit_measure_map(talking, [one.shapes for one in self._talking])
        trust = np.float32(_SYNTHETIC_TRUST)
        self._synthetic = [
            _Labelled(normalise_loudness(clip.waveform, DBFS), shapes, np.full(len(shapes), trust))
            for clip in synthetic
            for shapes in [synthetic_shapes(clip, measures)]
        ]
        self._voices = [one.sound for one in self._talking]

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        return {"main": self.loss(*self.drawn(self._draw, step, rank, world), whole=step % 2 == 0)}

    def _draw(self, random: np.random.Generator) -> tuple[np.ndarray, ...]:
        of_synthetic = self._synthetic and random.random() < _SYNTHETIC
        clips = self._synthetic if of_synthetic else self._talking
        # A short clip is as much another person as a long one.
        length = np.sqrt([len(one.sound) for one in clips])
        sound, shapes, trust = _sequence(clips[random.choice(len(clips), p=length / length.sum())], random)
        heard = degrade(sound, self._voices, random) if random.random() < _SPOILED else sound
        features = (random.random((_COUNT, self.network.width)) > _FEATURES_OUT) / (1 - _FEATURES_OUT)
        stem = np.repeat(random.random((1, self.network.width)) > _CHANNELS_OUT, _COUNT, axis=0)
        for _ in range(random.integers(_GAPS + 1)):
            start = random.integers(_COUNT - _LONGEST_GAP)
            stem[start : start + random.integers(1, _LONGEST_GAP + 1)] = False
        return sound, heard, shapes, trust, jitter_of(random), stem, features.astype(np.float32)

    def loss(
        self,
        sound: Tensor,
        heard: Tensor,
        shapes: Tensor,
        trust: Tensor,
        jitter: Tensor,
        stem: Tensor,
        features: Tensor,
        *,
        whole: bool = False,
    ) -> Tensor:
        """Squared error of opening and shapes about their means over each sequence, and of what was said.

        sound, heard: (N, S) samples, clean and as the network hears them. shapes: (N, T, K) wanted.
        trust: (N, T) in them. jitter: (N,) on the norm. stem: (N, T, width) True where what the stem says is
        heard. features: (N, T, width) factors on the features. whole: hear as in a whole sound.
        """
        with torch.no_grad():
            before = self._before(frames_of(self._before, sound, torch.ones_like(jitter)), whole)
            frames = frames_of(self.network, heard, jitter) * stem
        said = self.network(frames, whole)
        # The content branch has its taps 48 ms apart, two frames of the encoder.
        weight, bias = self._convolution.weight.to(said), self._convolution.bias.to(said)
        told = F.conv1d(F.pad((said * features).transpose(1, 2), (4, 2)), weight, bias, dilation=2)
        error, share = told.transpose(1, 2) - shapes, trust / trust.sum(dim=1, keepdim=True).clamp(min=1e-6)
        error = error - (share[..., None] * error).sum(dim=1, keepdim=True)
        opening = (error @ self._opening.to(error)).square()
        shape = error[..., :_SHAPES].square().mean(dim=2)
        kept = (said - before).square().mean(dim=2)
        total = opening + _SHAPE_WEIGHT * shape + _KEPT * kept
        return (trust * total).sum() / trust.sum().clamp(min=1e-6)

    def validate(self) -> dict[str, float]:
        random, one = np.random.default_rng(self.seed), torch.ones(1)
        figures = []
        with torch.no_grad():
            for clip in self._held_out:
                sound, *parts = (
                    torch.from_numpy(part)[None].to(self.device) for part in _sequence(clip, random)
                )
                plain = torch.ones(1, _COUNT, self.network.width, device=self.device)
                given = (sound, sound, *parts, one.to(self.device), plain, plain)
                forms = {"loss": False, "whole_loss": True}
                figures.append({key: float(self.loss(*given, whole=form)) for key, form in forms.items()})
        return mean_figures(figures)


def _sequence(one: _Labelled, random: np.random.Generator) -> _Labelled:
    """6 s of a clip, shorter ones in silence; its shapes and trust as the encoder's frames."""
    sound, shapes, trust = one
    samples, start = six_seconds(sound, random)
    place = (start + np.arange(_COUNT) * STEP + REACH / 2) / HOP
    inside = (place >= 0) & (place <= len(shapes) - 1)
    inside[: _CUT if start > 0 else _ENDS[0]] = inside[-_ENDS[1] :] = False
    read = np.clip(place, 0, len(shapes) - 1)
    sure = read_between(trust, read) * inside
    return _Labelled(samples, read_between(shapes, read).astype(np.float32), sure.astype(np.float32))
