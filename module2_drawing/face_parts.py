"""Parts of a face as planes, pose and expression as a few numbers: what the paint network is told."""

import cv2
import numpy as np

OUTER_LIPS, INNER_LIPS = list(range(48, 60)), list(range(60, 68))
RIGHT_EYE, LEFT_EYE = list(range(36, 42)), list(range(42, 48))
SHIFT = 4  # binary places of OpenCV's coordinates
LENGTH = 10  # numbers of `expression`
LEFT, TOP, SIDE = 48, 72, 160  # px of 256, of the window of an aligned face that is painted
FADE = 8  # px of 256, at the window's edge


def part_planes(landmarks: np.ndarray, size: int) -> np.ndarray:
    """(68, 2) px → (3, size, size) float32 in [0, 1]: the inside of the mouth, lips with it, both eyes."""
    planes = np.zeros((3, size, size), np.uint8)
    for plane, rings in zip(planes, ((INNER_LIPS,), (OUTER_LIPS,), (RIGHT_EYE, LEFT_EYE)), strict=True):
        for ring in rings:
            cv2.fillPoly(
                plane, [np.round(landmarks[ring] * 2**SHIFT).astype(np.int32)], 255, cv2.LINE_AA, SHIFT
            )
    return planes.astype(np.float32) / 255


def expression(landmarks: np.ndarray) -> np.ndarray:
    """(..., 68, 2) px → (..., 10) float32, independent of the face's size and of its roll.

    Gap of the inner lips, height and width of the mouth, opening of each eye, height of each brow, turn and
    nod of the head (the tip of the nose between the sides and between eyes and chin), and the roll in
    radians. Lengths are in distances between the eyes.
    """
    points = np.asarray(landmarks, np.float64)
    right, left = points[..., RIGHT_EYE, :].mean(-2), points[..., LEFT_EYE, :].mean(-2)
    axis = left - right
    distance = np.maximum(np.linalg.norm(axis, axis=-1), 1e-6)
    roll = np.arctan2(axis[..., 1], axis[..., 0])
    upright = _turned(points - ((left + right) / 2)[..., None, :], -roll) / distance[..., None, None]

    def gap(above: list[int], below: list[int]) -> np.ndarray:
        return upright[..., below, 1].mean(-1) - upright[..., above, 1].mean(-1)

    sides = upright[..., [0, 1, 15, 16], 0].mean(-1)
    numbers = (
        gap([61, 62, 63], [67, 66, 65]),
        gap([50, 51, 52], [58, 57, 56]) - 0.4,
        upright[..., 54, 0] - upright[..., 48, 0] - 0.8,
        gap([37, 38], [41, 40]) - 0.15,
        gap([43, 44], [47, 46]) - 0.15,
        gap([18, 19, 20], [36, 39]) - 0.4,
        gap([23, 24, 25], [42, 45]) - 0.4,
        upright[..., 30, 0] - sides,
        upright[..., 30, 1] / np.maximum(upright[..., 8, 1], 1e-6) - 0.4,
        roll,
    )
    return (np.stack(numbers, -1) * 5).astype(np.float32)


def _turned(points: np.ndarray, angle: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(angle)[..., None], np.sin(angle)[..., None]
    x, y = points[..., 0], points[..., 1]
    return np.stack((cos * x - sin * y, sin * x + cos * y), -1)
