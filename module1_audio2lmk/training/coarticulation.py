"""Coarticulation by dominance functions (Cohen & Massaro 1993): sounds with times -> mouth movements.

Every sound i has a target T_i and a dominance over time,

    D_i(t) = a_i d_i exp(-r_i max(0, |t - c_i| - h_i)),

c_i the middle of the sound, h_i the flat part of its top, r_i its rate, a_i its weight and d_i a factor for
short sounds, which reach less of their target. The mouth follows sum_i D_i T_i / sum_i D_i. Closures have a
large weight and a steep flank: they are reached in fluent speech too, without closing their neighbours.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from .phonemes import Articulation, articulations

_SMOOTHING = 0.012  # s, standard deviation
_FIRST_PART = 0.6  # of a diphthong
_FULL_LENGTH = 0.09  # s, from which on a sound has its full weight


class Segment(NamedTuple):
    """One sound: IPA symbol (empty: silence), start and end in seconds."""

    ipa: str
    start: float
    end: float


class _Event(NamedTuple):
    articulation: Articulation
    centre: float
    half: float
    weight: float


def mouth_parameters(segments: list[Segment], times: np.ndarray) -> np.ndarray:
    """The mouth at each of ``times`` (T,) seconds: (T, 4) float64 of gap, spread, jaw, tuck.

    Units are those of `phonemes.Articulation`. Before the first and after the last sound the mouth is closed.

    segments: in order of time.
    Raises ValueError without segments.
    """
    if not segments:
        raise ValueError("no segments")
    edge = Segment("", segments[0].start - 0.3, segments[0].start)
    after = Segment("", segments[-1].end, segments[-1].end + 0.3)
    events = [event for segment in (edge, *segments, after) for event in _events(segment)]
    dominances = {"gap": "lips", "spread": "shape", "jaw": "lips", "tuck": "lips"}
    blended = [_blend(events, times, *pair) for pair in dominances.items()]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    tracks = gaussian_filter1d(np.stack(blended, axis=1), _SMOOTHING / step, axis=0)
    tracks[:, 0] = np.maximum(tracks[:, 0], 0.0)
    return tracks


def _events(segment: Segment) -> list[_Event]:
    parts = articulations(segment.ipa)
    length = max(segment.end - segment.start, 1e-3)
    shares = (_FIRST_PART, 1 - _FIRST_PART) if len(parts) == 2 else (1.0,)
    events, start = [], segment.start
    for part, share in zip(parts, shares, strict=True):
        duration = length * share
        weight = min(1.0, 0.35 + 0.65 * duration / _FULL_LENGTH) if segment.ipa else 1.0
        if part.lips >= 5:  # a closure is complete however short it is
            weight = 1.0
        events.append(_Event(part, start + duration / 2, duration * 0.3, weight))
        start += duration
    return events


def _blend(events: list[_Event], times: np.ndarray, target: str, dominance: str) -> np.ndarray:
    total, weights = np.zeros(len(times)), np.full(len(times), 1e-9)
    for event in events:
        articulation = event.articulation
        distance = np.maximum(0.0, np.abs(times - event.centre) - event.half)
        weight = getattr(articulation, dominance) * event.weight * np.exp(-articulation.rate * distance)
        total += weight * getattr(articulation, target)
        weights += weight
    return total / weights
