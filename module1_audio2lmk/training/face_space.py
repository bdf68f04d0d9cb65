"""Face space: principal displacements of mouth and jaw while speaking, and the measures of the mouth."""

from typing import NamedTuple

import numpy as np

from ..audio.waveform import FRAME_RATE
from ..foundation.face.geometry import JAW, LIPS, NOSE_BASE, inner_gap
from ..motion.lips import close_photo, opening_direction
from .clips import Clip
from .coarticulation import mouth_parameters

#: Opening range (5-95 %) to which the speakers' amplitudes are brought, normalised units: that of the clips.
TYPICAL_RANGE = 0.19
_MIN_RANGE = 0.06
_OPEN_VOWEL = 0.55  # gap parameter that fluent speech exceeds 5 % of the time
_LIP_WEIGHT, _JAW_WEIGHT, _CHEEK_WEIGHT = 3.0, 1.0, 0.5
#: Points of the mesh's jaw line beside the ears lie on the skull and hardly move.
_MOVING = JAW[2:15] + NOSE_BASE + LIPS


class FaceSpace(NamedTuple):
    """basis (K, 204): displacement for one standard deviation of each coordinate; projector (204, K)."""

    basis: np.ndarray
    projector: np.ndarray

    def shape_of(self, displacement: np.ndarray) -> np.ndarray:
        """Displacement (..., 204) → coordinates (..., K)."""
        return displacement @ self.projector


def opening_scale(clip: Clip) -> float:
    """Factor that brings a speaker's opening range to `TYPICAL_RANGE`."""
    low, high = np.quantile(inner_gap(clip.landmarks), [0.05, 0.95])
    return TYPICAL_RANGE / max(float(high - low), _MIN_RANGE)


def closed_rest(clip: Clip, basis: np.ndarray) -> np.ndarray:
    """The clip's face at rest (68, 3) with its lips together, as `face_rig.FaceRig` makes it of a photo.

    basis: (K, 204) of a face space, for how the jaw goes with the lips.
    """
    rest = clip.rest.astype(np.float64)
    return close_photo(rest, opening_direction(basis), np.array([0.0, 1.0, 0.0]), 1.0).astype(np.float32)


def displacement_of(clip: Clip, rest: np.ndarray | None = None) -> np.ndarray:
    """Displacement (T, 204) from the face at rest (or ``rest``), scaled to the typical opening range."""
    moved = (clip.landmarks - (clip.rest if rest is None else rest)) * opening_scale(clip)
    return moved.reshape(len(moved), -1).astype(np.float32)


def fit_face_space(displacements: list[np.ndarray], size: int = 16) -> FaceSpace:
    """Principal components, not centred (zero stays the face at rest), of the points that speech moves.

    displacements: (T, 204) of each clip.
    size: number of components.
    """
    weights = np.zeros(68)
    weights[list(_MOVING)] = _JAW_WEIGHT
    weights[list(NOSE_BASE)] = _CHEEK_WEIGHT
    weights[list(LIPS)] = _LIP_WEIGHT
    weights = np.repeat(weights, 3)
    data = np.concatenate(displacements) * weights
    _, _, directions = np.linalg.svd(data, full_matrices=False)
    directions = directions[:size]
    deviation = np.sqrt(np.mean((data @ directions.T) ** 2, axis=0))
    unweighted = np.divide(directions, weights, out=np.zeros_like(directions), where=weights > 0)
    basis = (unweighted * deviation[:, None]).astype(np.float32)
    projector = (directions.T * weights[:, None] / deviation).astype(np.float32)
    return FaceSpace(basis, projector)


def mouth_measures(clip: Clip) -> np.ndarray:
    """What coarticulation speaks of, measured on a face: (T, 5) gap, spread, jaw, tuck and a column of ones.

    gap: 0 closed ... 1 at the 95th percentile of the opening. spread: mouth width about its median in tenths
    of it. jaw: drop of the chin, 1 at its 95th percentile. tuck: how much thinner the lower lip is than at
    rest, 1 for half of it.
    """
    faces, rest = clip.landmarks, clip.rest
    gap = inner_gap(faces)
    low, high = np.quantile(gap, [0.05, 0.95])
    width = np.linalg.norm(faces[:, 54] - faces[:, 48], axis=1)
    middle = np.median(width)
    chin = faces[:, 7:10, 1].mean(axis=1)
    up, down = np.quantile(chin, [0.05, 0.95])
    lower = np.linalg.norm(faces[:, 66] - faces[:, 57], axis=1)
    rest_lower = np.linalg.norm(rest[66] - rest[57])
    return np.stack(
        [
            (gap - low) / max(high - low, _MIN_RANGE),
            (width - middle) / (0.1 * middle),
            (chin - up) / max(down - up, 0.02),
            (rest_lower - lower) / (0.5 * rest_lower),
            np.ones(len(gap)),
        ],
        axis=1,
    )


def fit_measure_map(clips: list[Clip], shapes: list[np.ndarray], ridge: float = 1.0) -> np.ndarray:
    """Least squares from mouth measures to shape, (5, K): real faces tell how synthetic ones move."""
    measures = np.concatenate([mouth_measures(clip) for clip in clips])
    wanted = np.concatenate(shapes)
    normal = measures.T @ measures + ridge * np.eye(measures.shape[1])
    return np.linalg.solve(normal, measures.T @ wanted).astype(np.float32)


def synthetic_shapes(clip: Clip, measure_map: np.ndarray) -> np.ndarray:
    """Shapes (T, K) float32 of a clip of synthetic speech by coarticulation and `fit_measure_map`.

    The gap reaches its 95th percentile at `_OPEN_VOWEL`; a spread of 1 is a tenth of the mouth's width.
    """
    times = np.arange(len(clip.landmarks)) / FRAME_RATE
    gap, spread, jaw, tuck = mouth_parameters(clip.segments, times).T
    measures = [gap / _OPEN_VOWEL, spread, jaw / _OPEN_VOWEL, tuck, np.ones(len(gap))]
    return (np.stack(measures, axis=1) @ measure_map).astype(np.float32)
