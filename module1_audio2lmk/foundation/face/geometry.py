"""Geometry of the 68-point face (iBUG order): topology, gaps of the lips, smoothing. Pure functions on NumPy.

Landmarks have shape (..., 68, D), D = 2 or 3. Two coordinate systems are in use, x right and y down in both:
pixels of the 512 x 512 face crop, and *normalised* units in which the jaw's ends (points 0 and 16) lie 1.6
apart, centred on the origin, z towards the viewer.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

NUM_LANDMARKS = 68
#: Landmarks that reach over less, px, are no face.
SMALLEST_FACE = 2.0
JAW = tuple(range(0, 17))
RIGHT_BROW, LEFT_BROW = tuple(range(17, 22)), tuple(range(22, 27))  # the subject's right is on image left
BROWS = RIGHT_BROW + LEFT_BROW
NOSE_BRIDGE, NOSE_BASE = tuple(range(27, 31)), tuple(range(31, 36))
NOSE = NOSE_BRIDGE + NOSE_BASE
RIGHT_EYE, LEFT_EYE = tuple(range(36, 42)), tuple(range(42, 48))
EYES = RIGHT_EYE + LEFT_EYE
OUTER_LIP, INNER_LIP = tuple(range(48, 60)), tuple(range(60, 68))
LIPS = OUTER_LIP + INNER_LIP
MOUTH_CORNERS = (48, 54)
UPPER_LIDS: tuple[int, ...] = (37, 38, 43, 44)
LOWER_LIDS: tuple[int, ...] = (41, 40, 47, 46)  # opposite the upper ones
RIGID_POINTS = (27, 28, 29, 30, 33, 36, 39, 42, 45)  # nose and eye corners: they move with the head only

# upper point, lower point of each lip, left to right (inner corners 60, 64 and outer 48, 54 left out)
OUTER_LIP_PAIRS = ((49, 59), (50, 58), (51, 57), (52, 56), (53, 55))
INNER_LIP_PAIRS = ((61, 67), (62, 66), (63, 65))

#: The landmark that each becomes in a mirror.
MIRRORED = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1)]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), 67, 66, 65]
)

# lines of a landmark drawing: point indices and whether the line closes
DRAWING_LINES: tuple[tuple[tuple[int, ...], bool], ...] = (
    (JAW, False),
    (RIGHT_BROW, False),
    (LEFT_BROW, False),
    (NOSE, False),
    (RIGHT_EYE, True),
    (LEFT_EYE, True),
    (OUTER_LIP, True),
    (INNER_LIP, True),
)

#: iBUG 68-point subset of the MediaPipe 468-point face mesh, in iBUG order.
MESH_TO_68 = np.array(
    [162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389]
    + [71, 63, 105, 66, 107, 336, 296, 334, 293, 301]
    + [168, 197, 5, 4, 75, 97, 2, 326, 305]
    + [33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380]
    + [61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181]
    + [78, 82, 13, 312, 308, 317, 14, 87]
)
#: Points of the 468-point mesh that no expression moves: forehead, bridge of the nose, eye corners, temples.
RIGID_MESH = (
    [10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 33, 133, 362, 263, 130, 359, 109, 338, 67, 297]
    + [54, 284, 21, 251, 108, 337, 193, 417, 122, 351, 45, 275]
)  # fmt: skip
#: Normalised coordinates of the joint of head and neck in the standard face.
PIVOT = np.array([0.0, 0.9, -0.9])


@lru_cache
def _standard_face() -> np.ndarray:
    return np.loadtxt(Path(__file__).with_name("standard_face.txt"), dtype=np.float64)


def load_standard_face() -> np.ndarray:
    """The mean face at rest, (68, 3) float64 in normalised units; that of the published program."""
    return _standard_face().copy()


def five_points(landmarks: np.ndarray) -> np.ndarray:
    """The points by which faces are aligned for recognition, (68, D) -> (5, D): middles of the eyes, tip of
    the nose, corners of the mouth."""
    eyes = [landmarks[list(eye)].mean(axis=0) for eye in (RIGHT_EYE, LEFT_EYE)]
    return np.stack([*eyes, landmarks[30], *landmarks[list(MOUTH_CORNERS)]])


def inner_lip_area(landmarks: np.ndarray) -> np.ndarray:
    """Signed area of the polygon 60-67 in xy, (...,): positive when open, negative when inverted."""
    x, y = landmarks[..., 60:68, 0], landmarks[..., 60:68, 1]
    following_x, following_y = np.roll(x, -1, axis=-1), np.roll(y, -1, axis=-1)
    return 0.5 * (x * following_y - following_x * y).sum(axis=-1)


def join_lips(faces: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Facing inner lip points of (..., 68, D) at their midpoint, in the pairs ``where`` (..., 3); a copy."""
    joined = np.array(faces)
    upper, lower = (list(side) for side in zip(*INNER_LIP_PAIRS, strict=True))
    middle = 0.5 * (joined[..., upper, :] + joined[..., lower, :])
    for side in (upper, lower):
        joined[..., side, :] = np.where(where[..., None], middle, joined[..., side, :])
    return joined


def uncross_lips(faces: np.ndarray, down: Sequence[float] | np.ndarray | None = None) -> np.ndarray:
    """Where facing inner lip points of (..., 68, D) crossed, both take their midpoint; a copy.

    down: (D,) the direction from the upper to the lower lip, by default the y axis.
    """
    upper, lower = (list(side) for side in zip(*INNER_LIP_PAIRS, strict=True))
    gaps = faces[..., lower, :] - faces[..., upper, :]
    return join_lips(faces, (gaps[..., 1] if down is None else gaps @ down) < 0)


def inner_gap(landmarks: np.ndarray) -> np.ndarray:
    """Mean vertical gap of the inner lips, (..., 68, D) -> (...,), negative where they cross."""
    upper, lower = np.array(INNER_LIP_PAIRS).T
    return (landmarks[..., lower, 1] - landmarks[..., upper, 1]).mean(axis=-1)


def mouth_opening(landmarks: np.ndarray) -> np.ndarray:
    """Inner-lip gap |p62 - p66| over mouth width |p48 - p54| in xy, (..., 68, D) -> (...,); 0 is closed."""
    xy = np.asarray(landmarks, dtype=np.float64)[..., :2]
    gap = np.linalg.norm(xy[..., 62, :] - xy[..., 66, :], axis=-1)
    width = np.linalg.norm(xy[..., 48, :] - xy[..., 54, :], axis=-1)
    return gap / np.maximum(width, 1e-9)


def smooth(frames: np.ndarray, window: int, order: int = 3) -> np.ndarray:
    """Savitzky-Golay filter along time, (T, ...) -> (T, ...), any T.

    A clip shorter than the window gets the longest odd window that fits, and one that the polynomial passes
    through anyway stays as it is. Frames at least ``window // 2`` away from both ends do not depend on them.
    """
    window = min(window, len(frames) - (len(frames) + 1) % 2)
    if window <= order:
        return np.array(frames)
    from scipy.signal import savgol_filter  # takes a second to import, and drawing does not need it

    return savgol_filter(frames, window, order, axis=0)
