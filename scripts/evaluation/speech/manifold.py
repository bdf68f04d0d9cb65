"""Manifold projection: what `--voice_of` does to the features of a foreign voice, and to its mouth."""

from __future__ import annotations

import numpy as np

from module1_audio2lmk.audio.manifold import LEAST, ProjectedFrontEnd, SpeechManifold
from module1_audio2lmk.foundation.checkpoints import find
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import inner_gap
from module1_audio2lmk.motion.content import ContentModel, load_content_stream
from module1_audio2lmk.training import metrics
from module1_audio2lmk.training.clips import Clip

from . import Figure, Setting, speech_test

_STRENGTHS = (0.0, 0.5, 1.0)


def in_halves(features: np.ndarray, name: str) -> tuple[SpeechManifold, SpeechManifold]:
    """A person's features: what speech is projected onto, and what distances are measured to."""
    middle = len(features) // 2
    return SpeechManifold(features[:middle], name), SpeechManifold(features[middle:], name)


def openings(model: ContentModel, clip: Clip, own: SpeechManifold) -> list[float]:
    """Correlation with the mouth of a clip at each strength of its projection onto a manifold."""
    plain, wanted = model.front_end, inner_gap(clip.landmarks)
    found = []
    for strength in _STRENGTHS:
        model.front_end = ProjectedFrontEnd(plain, own, strength)
        found.append(metrics.opening_correlation(model.opening(clip.waveform), wanted))
    model.front_end = plain
    return found


@speech_test
def manifold(setting: Setting) -> list[Figure]:
    """Held-out clips in the voices of each other: distance to that person's features, mouth openings."""
    weights = find("content_branch", setting.checkpoints_dir)
    if weights is None:
        raise InputError(f"no weights of the content branch in {setting.checkpoints_dir}")
    model = load_content_stream(weights.path)
    clips = [clip for clip in setting.clips if len(clip.landmarks) >= 2 * LEAST]
    if len(clips) < 2:
        return [Figure("manifold projection", None, 0, "higher", "fewer than two clips of 6 s or more")]
    heard = model.front_end.batch([clip.waveform for clip in clips])
    halves = [in_halves(features, model.heard) for features in heard]
    distances, fits, least = [], [], []
    for clip, features in zip(clips, heard, strict=True):
        for other, (own, rest) in zip(clips, halves, strict=True):
            if other is clip:
                least.append(rest.distance(own.features).mean())
                continue
            moved = [own.project(features, strength) for strength in _STRENGTHS]
            distances.append([rest.distance(one).mean() for one in moved])
            fits.append(openings(model, clip, own))
    return figures(np.mean(distances, axis=0), np.mean(fits, axis=0), float(np.mean(least)), len(fits))


def figures(distances: np.ndarray, fits: np.ndarray, least: float, pairs: int) -> list[Figure]:
    """Means by strength of the projection, the first without it."""
    each = [f"strength {s:g}: {d:.2f}, {f:.3f}" for s, d, f in zip(_STRENGTHS, distances, fits, strict=True)]
    detail = f"{pairs} pairs; distance, correlation: {'; '.join(each)}; own speech to own: {least:.2f}"
    return [
        Figure(
            "manifold: distance to a person's features, share of unprojected",
            distances[-1] / distances[0],
            0.8,
            "lower",
            detail,
        ),
        Figure(
            "manifold: change of mouth-opening correlation in a foreign voice",
            fits[-1] - fits[0],
            0.0,
            "higher",
            detail,
        ),
    ]
