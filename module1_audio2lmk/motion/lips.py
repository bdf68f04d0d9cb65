"""Lips: how far they open, when they touch, how strongly they move, and how a mouth is closed.

Displacements are (..., 68, D), x right, y down; openings and gaps are in normalised units (see
`foundation.face.geometry`). That lips never cross is `geometry.uncross_lips`.
"""

import numpy as np

from ..foundation.face import geometry

#: Probabilities that the lips touch between which they close: below the first not at all, above the second
#: entirely. Weights may note others.
TOUCH_LOW, TOUCH_HIGH = 0.5, 0.9
#: Published amplitudes of the content branch's lips, x and y; at these, own weights move lips naturally.
AMPLITUDES = (2.0, 2.0)
#: Share by which the published program takes the speaker branch's opening of the mouth away.
CLOSING_RATIO = 0.99
#: Inner lip point → outer ones that move with it when the mouth of a photo is closed; those half way to the
#: corner of the mouth move half as far.
_FOLLOWERS = {61: (50, 49), 62: (51,), 63: (52, 53), 67: (58, 59), 66: (57,), 65: (56, 55)}
_HALF_WAY = (49, 53, 55, 59)
#: Thickness of both lips over the width of a closed mouth, mean of speakers; bounds of `mobility`.
_FULLNESS, _MOBILITY = 0.376, (0.9, 1.35)
#: Outer lip point → the inner one whose distance it keeps when inverted lips are repaired, as published.
_OUTER_FOLLOWS = {49: 60, 50: 61, 51: 62, 52: 63, 53: 64, 55: 64, 56: 65, 57: 66, 58: 67, 59: 60}


def opening_direction(basis: np.ndarray) -> np.ndarray:
    """The likeliest displacement (68, 3) that opens the inner lips by 1, from a face space (K, 204).

    The coordinates of a face space have unit variance, so it is the shortest shape with that gap.
    """
    moves = basis.reshape(len(basis), 68, 3)
    gaps = geometry.inner_gap(moves)
    return np.tensordot(gaps / max(float(gaps @ gaps), 1e-12), moves, axes=1)


def mobility(face: np.ndarray) -> float:
    """How far a face (68, 3) at rest moves when it speaks, 1 for the mean speaker: full lips open further.

    Of 27 speakers the range of opening goes with the thickness of both lips over the width of the mouth: its
    logarithm correlates by 0.66. A smile, too, makes lips thin and wide: little is taken from them for that.
    """
    thickness = np.linalg.norm(face[[51, 57]] - face[[62, 66]], axis=1).sum()
    fullness = thickness / max(float(np.linalg.norm(face[54] - face[48])), 1e-9)
    return float(np.clip(fullness / _FULLNESS, *_MOBILITY))


def close_softly(gap: np.ndarray, width: float) -> np.ndarray:
    """Close a mouth that is nearly closed: gap (...) → a parabola up to 2 widths, gap - width above.

    A network that is unsure of a closure leaves a little gap where lips would touch.
    """
    if width <= 0:
        return gap
    near = np.clip(gap, 0, 2 * width)
    return np.where(gap > 2 * width, gap - width, np.where(gap > 0, near**2 / (4 * width), gap))


def closing_share(probability: np.ndarray, low: float = TOUCH_LOW, high: float = TOUCH_HIGH) -> np.ndarray:
    """How far lips close, 0 … 1, at a probability (...) that they touch."""
    share = np.clip((probability - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def amplify_lips(
    displacement: np.ndarray, across: float = AMPLITUDES[0], down: float = AMPLITUDES[1], jaw: bool = False
) -> np.ndarray:
    """Multiply the displacement (..., 68, 3) of the lips by ``across`` in x and ``down`` in y; a copy.

    jaw: it moves with y, and the depth of both, too; the published program leaves them.
    """
    moved = np.array(displacement)
    moved[..., geometry.LIPS, 0] *= across
    if jaw:
        moved[..., geometry.LIPS + geometry.JAW, 1:] *= down
    else:
        moved[..., geometry.LIPS, 1] *= down
    return moved


def close_photo(points: np.ndarray, opening: np.ndarray, down: np.ndarray, scale: float) -> np.ndarray:
    """The face of a photo (68, 3) px with its lips together.

    First the jaw goes up as far as such a gap has moved it, then the facing inner points meet and the outer
    ones follow, so that the lips keep their thickness.

    opening: (68, 3) px, `opening_direction` in the photo's pose. down: (3,) unit, the face's own y.
    scale: px a normalised unit.
    """
    upper, lower = np.array(geometry.INNER_LIP_PAIRS).T
    gap = float((points[lower] - points[upper]).mean(axis=0) @ down) / scale
    closed = points - gap * opening if gap > 0 else points.copy()
    for above, below in geometry.INNER_LIP_PAIRS:
        middle = 0.5 * (closed[above] + closed[below])
        for point in (above, below):
            shift = middle - closed[point]
            closed[point] = middle
            for follower in _FOLLOWERS[point]:
                closed[follower] += shift * (0.5 if follower in _HALF_WAY else 1.0)
    return closed


def close_mouth(displacement: np.ndarray, ratio: float = CLOSING_RATIO) -> np.ndarray:
    """Move the facing lip points of a displacement (..., 68, D) to their mean by ``ratio`` (1 = entirely).

    Leaves the published speaker branch its head and corner motion and takes away its opening of the mouth; a
    copy.
    """
    closed = np.array(displacement)
    for upper, lower in geometry.OUTER_LIP_PAIRS + geometry.INNER_LIP_PAIRS:
        mean = 0.5 * (displacement[..., upper, :] + displacement[..., lower, :])
        closed[..., upper, :] = mean * ratio + displacement[..., upper, :] * (1 - ratio)
        closed[..., lower, :] = mean * ratio + displacement[..., lower, :] * (1 - ratio)
    return closed


def repair_inverted_lips(faces: np.ndarray) -> np.ndarray:
    """Close lips that crossed, as published: where `inner_lip_area` is negative, facing inner points meet.

    The outer points of such a frame then keep, in y, the distance from the inner ones that they had in the
    frame before (after its own repair), so that the lips do not get thinner; those of the first frame stay.

    faces: (T, 68, D) consecutive frames.
    Returns a copy, (T, 68, D).
    """
    repaired = np.array(faces)
    outer, inner = list(_OUTER_FOLLOWS), list(_OUTER_FOLLOWS.values())
    for index in np.flatnonzero(geometry.inner_lip_area(repaired) < 0):
        everywhere = np.ones(len(geometry.INNER_LIP_PAIRS), bool)
        repaired[index] = frame = geometry.join_lips(repaired[index], everywhere)
        if index > 0:
            before = repaired[index - 1]
            repaired[index, outer, 1] = before[outer, 1] + frame[inner, 1] - before[inner, 1]
    return repaired
