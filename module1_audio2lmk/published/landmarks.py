"""Landmarks as the published program adjusts, normalises and combines them. Pure functions on NumPy."""

from typing import NamedTuple

import numpy as np

from ..foundation.errors import InputError
from ..foundation.face.geometry import LOWER_LIDS, UPPER_LIDS


class Normalised(NamedTuple):
    """Normalised landmarks (68, 3) with the scale and shift (2,) that lead back to pixels."""

    landmarks: np.ndarray
    scale: float
    shift: np.ndarray


def slim_lips_widen_eyes(landmarks: np.ndarray) -> np.ndarray:
    """The published adjustment of a photo's landmarks (..., 68, D) in px of the 512 crop; float64 copy.

    Each outer lip moves 1 px towards the mouth, each eyelid 2 px away from the eye.
    """
    adjusted = np.array(landmarks, dtype=np.float64)
    adjusted[..., 49:54, 1] += 1
    adjusted[..., 55:60, 1] -= 1
    adjusted[..., UPPER_LIDS, 1] -= 2
    adjusted[..., LOWER_LIDS, 1] += 2
    return adjusted


def normalise(landmarks: np.ndarray, standard_face: np.ndarray) -> Normalised:
    """Pixels (68, 2 or 3) -> normalised units, the published way.

    scale = 1.6 / (x0 - x16), negative for an upright face; shift = -(p0 + p16) / 2; xy = -(p + shift) scale.
    The landmarks' own z is discarded: z = 0.1 times the standard face's. Raises InputError where points 0 and
    16 lie in the same column.
    """
    width = float(landmarks[0, 0] - landmarks[16, 0])
    if width == 0:
        raise InputError("the jaw's ends coincide: the landmarks do not show a face; use another photo")
    scale = 1.6 / width
    shift = -0.5 * (landmarks[0, :2] + landmarks[16, :2])
    xy = -(landmarks[:, :2] + shift) * scale
    return Normalised(np.concatenate([xy, 0.1 * standard_face[:, 2:]], axis=1), scale, shift)


def denormalise(landmarks: np.ndarray, scale: float, shift: np.ndarray) -> np.ndarray:
    """Normalised (..., 68, 2 or 3) -> pixels: xy = -xy / scale - shift; z, if any, stays as it is."""
    pixels = np.array(landmarks, dtype=np.float64)
    pixels[..., :2] = -pixels[..., :2] / scale - shift
    return pixels


def calibration_offset(displacement: np.ndarray) -> np.ndarray:
    """The displacement that counts as rest: for each coordinate the mean of its T // 2 smallest values.

    (T, 68, 3) -> (68, 3). Subtracting it removes a constant bias of the content branch.
    """
    count = max(len(displacement) // 2, 1)
    smallest = np.partition(displacement, count - 1, axis=0)[:count]
    return smallest.mean(axis=0)


def extrapolate_nose_root(faces: np.ndarray) -> np.ndarray:
    """Point 27 = 2 p28 - p29 in (..., 68, D), as published; a copy."""
    straight = np.array(faces)
    straight[..., 27, :] = 2 * straight[..., 28, :] - straight[..., 29, :]
    return straight
