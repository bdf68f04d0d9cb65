"""Manifold projection: what `--voice_of` does to the features of a foreign voice, and to its mouth."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from module1_audio2lmk.audio.front_ends import FrontEnd
from module1_audio2lmk.audio.manifold import ProjectedFrontEnd, SpeechManifold
from module1_audio2lmk.foundation.checkpoints import find
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import inner_gap
from module1_audio2lmk.motion.content import ContentModel, load_content_stream
from module1_audio2lmk.training.clips import Clip
from module1_audio2lmk.training.metrics import opening_correlation

from . import Figure, Setting, speech_test

_STRENGTHS = (0.0, 0.25, 0.5, 1.0)
_VOICES = 4  # persons at most, those heard longest
_SECONDS = 20.0  # least speech of a person


class _Heard:
    """A `FrontEnd` that gives the features of a sound heard before, so that each sound is heard once."""

    def __init__(self, front_end: FrontEnd, features: np.ndarray) -> None:
        self.size, self.hop, self.look_ahead = front_end.size, front_end.hop, front_end.look_ahead
        self.weights = front_end.weights
        self._features = features

    def stream(self) -> _Heard:
        return self

    def batch(self, waveforms: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [self._features] * len(waveforms)

    def add(self, samples: np.ndarray) -> np.ndarray:
        return self._features[:0]

    def finish(self) -> np.ndarray:
        return self._features


def persons(clips: list[Clip]) -> list[list[Clip]]:
    """Clips by person, longest first: NAME_00, NAME_01 … are pieces of one recording."""
    found: dict[str, list[Clip]] = {}
    for clip in clips:
        found.setdefault(re.sub(r"_\d+$", "", clip.name), []).append(clip)
    long = [own for own in found.values() if len(own) > 1 and sum(clip.seconds for clip in own) >= _SECONDS]
    return sorted(long, key=lambda own: -sum(clip.seconds for clip in own))[:_VOICES]


def pair(
    model: ContentModel, plain: FrontEnd, features: np.ndarray, own: SpeechManifold, rest: SpeechManifold
) -> tuple[list[float], list[np.ndarray]]:
    """At each strength: mean distance of projected features to a person's other ones; the mouth's opening."""
    distances, openings = [], []
    for strength in _STRENGTHS:
        distances.append(float(rest.distance(own.project(features, strength)).mean()))
        model.front_end = ProjectedFrontEnd(_Heard(plain, features), own, strength)
        openings.append(model.opening(np.zeros(1, np.float32)))
    return distances, openings


@speech_test
def manifold(setting: Setting) -> list[Figure]:
    """Held-out clips in the voices of others: distance to a person's features, mouth openings.

    The manifold is all recordings of a person but the last, to which distances are measured.
    """
    weights = find("content_branch", setting.checkpoints_dir)
    if weights is None:
        raise InputError(f"no weights of the content branch in {setting.checkpoints_dir}")
    model = load_content_stream(weights.path)
    plain = model.front_end
    heard = plain.batch([clip.waveform for clip in setting.clips])
    distances, fits, least = [], [], []
    for clips in persons(setting.others):
        *parts, last = plain.batch([clip.waveform for clip in clips])
        own, rest = (SpeechManifold(part, model.heard) for part in (np.concatenate(parts), last))
        least.append(rest.distance(own.features).mean())
        for clip, features in zip(setting.clips, heard, strict=True):
            far, openings = pair(model, plain, features, own, rest)
            distances.append(far)
            fits.append([opening_correlation(each, inner_gap(clip.landmarks)) for each in openings])
    if not fits:
        reason = f"nobody speaks {_SECONDS:g} s in two clips NAME_00, NAME_01 …"
        return [Figure("manifold: change of correlation", None, 0, "higher", reason)]
    return figures(np.mean(distances, axis=0), np.mean(fits, axis=0), float(np.mean(least)), len(fits))


def figures(distances: np.ndarray, fits: np.ndarray, least: float, pairs: int) -> list[Figure]:
    """Means by strength of the projection, the first without it."""
    each = [f"strength {s:g}: {d:.2f}, {f:.3f}" for s, d, f in zip(_STRENGTHS, distances, fits, strict=True)]
    detail = f"{pairs} pairs; distance, correlation: {'; '.join(each)}; own speech to own: {least:.2f}"
    nearer, change = float(distances[-1] / distances[0]), float(fits[-1] - fits[0])
    return [
        Figure("manifold: distance to a person's features, share of before", nearer, 0.8, "lower", detail),
        Figure("manifold: change of mouth-opening correlation", change, 0.0, "higher"),
    ]
