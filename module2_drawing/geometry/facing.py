"""Facing points: lids and lips that meet, and how near each other a spline may take them.

Landmarks are arrays or tensors, (..., 68, 2) px of 256, or (..., 72, 2) with the points of LIP_CURVES.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from module1_audio2lmk.foundation.face.geometry import INNER_LIP_PAIRS, LOWER_LIDS, UPPER_LIDS

if TYPE_CHECKING:
    from torch import Tensor

Points = TypeVar("Points", np.ndarray, "Tensor")
Pairs = tuple[tuple[int, int], ...]

FACING = (*zip(UPPER_LIDS, LOWER_LIDS, strict=True), *INNER_LIP_PAIRS)
#: Points of the inner lips between a corner and the next landmark, each on the parabola through three
#: landmarks; they follow the 68, and face each other in pairs.
LIP_CURVES = ((60, 61, 62), (60, 67, 66), (64, 63, 62), (64, 65, 66))
CURVES_FACING = ((68, 69), (70, 71))
#: Outer lip point → the inner ones whose mean shift it shares, so that lips keep their thickness.
OUTER_FOLLOWS = {49: (61, 68), 50: (61,), 51: (62,), 52: (63,), 53: (63, 70)}
OUTER_FOLLOWS |= {55: (65, 71), 56: (65,), 57: (66,), 58: (67,), 59: (67, 69)}
CHIN, CHIN_ROOM = 8, 0.15  # room below it, of the frame
LEAST_GAP = 0.4  # px of 256, of facing points: where they coincide, triangles between them turn over
LEAST_SHARE = 0.6  # of the source's gap between facing points, that the spline leaves open
_OUTER, _INNER = list(OUTER_FOLLOWS), np.array([(inner[0], inner[-1]) for inner in OUTER_FOLLOWS.values()])


def parted(source: Points, target: Points) -> Points:
    """The target with facing points at least LEAST_GAP apart, or as in the source; a copy."""
    return _apart(target, _gaps(source, FACING).clip(max=LEAST_GAP), FACING)


def kept_apart(source: Points, target: Points) -> Points:
    """The target (..., 72, 2) with facing points at least LEAST_SHARE of the source's gap apart; a copy.

    The outer lips make way for the inner ones.
    """
    pairs = FACING + CURVES_FACING
    eased = _apart(target, LEAST_SHARE * _gaps(source, pairs), pairs)
    shift = eased - target
    eased[..., _OUTER, :] += shift[..., _INNER, :].mean(-2)
    return eased


def _gaps(landmarks: Points, pairs: Pairs) -> Points:
    """px between facing points, (..., pairs)."""
    upper, lower = (list(side) for side in zip(*pairs, strict=True))
    return landmarks[..., lower, 1] - landmarks[..., upper, 1]


def _apart(landmarks: Points, least: Points, pairs: Pairs) -> Points:
    """Facing points moved up and down until they are `least` (..., pairs) px apart; a copy."""
    upper, lower = (list(side) for side in zip(*pairs, strict=True))
    missing = (least - _gaps(landmarks, pairs)).clip(min=0) / 2
    moved = landmarks + 0
    moved[..., upper, 1] -= missing
    moved[..., lower, 1] += missing
    return moved
