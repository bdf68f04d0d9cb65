"""The 68-point face (iBUG order): topology, normalised coordinates, lips, smoothing. Pure functions on NumPy.

Landmarks have shape (..., 68, D), D = 2 or 3. Two coordinate systems are in use, x right and y down in both:
pixels of the 512 x 512 face crop, and *normalised* units in which the jaw's ends (points 0 and 16) lie 1.6
apart, centred on the origin, z towards the viewer. Functions that need the neighbouring frames say how many.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.signal import savgol_filter

from ..errors import InputError

NUM_LANDMARKS = 68
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
UPPER_LIDS, LOWER_LIDS = (37, 38, 43, 44), (41, 40, 47, 46)  # opposite points in pairs
RIGID_POINTS = (27, 28, 29, 30, 33, 36, 39, 42, 45)  # nose and eye corners: they move with the head only

# upper point, lower point of each lip, left to right (inner corners 60, 64 and outer 48, 54 left out)
OUTER_LIP_PAIRS = ((49, 59), (50, 58), (51, 57), (52, 56), (53, 55))
INNER_LIP_PAIRS = ((61, 67), (62, 66), (63, 65))

# each outer lip point and the inner one that it follows when inverted lips are repaired
_OUTER_FOLLOWS = ((49, 60), (50, 61), (51, 62), (52, 63), (53, 64), (55, 64), (56, 65), (57, 66), (58, 67))
_OUTER_FOLLOWS += ((59, 60),)

# order of the points after a left-right flip of the image
FLIP_ORDER = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
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


class Normalised(NamedTuple):
    """Normalised landmarks (68, 3) with the scale and shift (2,) that lead back to pixels."""

    landmarks: np.ndarray
    scale: float
    shift: np.ndarray


def load_standard_face(path: str | Path | None = None) -> np.ndarray:
    """The mean face at rest, (68, 3) float64 in normalised units; by default the one in the package.

    Args:
        path: a text file of 68 lines x y z, such as the published ``STD_FACE_LANDMARKS.txt``.

    Raises:
        InputError: the file cannot be read or does not hold 68 x 3 finite numbers.
    """
    source = Path(__file__).with_name("standard_face.txt") if path is None else Path(path)
    try:
        face = np.loadtxt(source, dtype=np.float64)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the standard face {source}: {error}") from error
    if face.size != NUM_LANDMARKS * 3 or not np.isfinite(face).all():
        raise InputError(f"{source} does not hold 68 finite points x y z; give the published text file")
    return face.reshape(NUM_LANDMARKS, 3)


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
    The landmarks' own z is discarded: z = 0.1 times the standard face's.

    Raises:
        InputError: points 0 and 16 lie in the same column.
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


def amplify_lips(displacement: np.ndarray, amplitude: Sequence[float] = (2.0, 2.0)) -> np.ndarray:
    """Multiply x and y of points 48-67 of a displacement (..., 68, 3) by ``amplitude``; a copy."""
    scaled = np.array(displacement)
    scaled[..., 48:, 0] *= amplitude[0]
    scaled[..., 48:, 1] *= amplitude[1]
    return scaled


def calibrate(displacement: np.ndarray, lip_amplitude: Sequence[float] = (2.0, 2.0)) -> np.ndarray:
    """Content displacement (T, 68, 3) minus `calibration_offset`, then `amplify_lips`.

    The published program does so in each segment of 512 frames on its own.
    """
    return amplify_lips(displacement - calibration_offset(displacement), lip_amplitude)


def close_mouth(displacement: np.ndarray, ratio: float = 0.99) -> np.ndarray:
    """Move the facing lip points of a displacement (..., 68, D) to their mean by ``ratio`` (1 = entirely).

    Leaves the speaker branch its head and corner motion and takes away its opening of the mouth; a copy.
    """
    closed = np.array(displacement)
    for upper, lower in OUTER_LIP_PAIRS + INNER_LIP_PAIRS:
        mean = 0.5 * (displacement[..., upper, :] + displacement[..., lower, :])
        closed[..., upper, :] = mean * ratio + displacement[..., upper, :] * (1 - ratio)
        closed[..., lower, :] = mean * ratio + displacement[..., lower, :] * (1 - ratio)
    return closed


def inner_lip_area(landmarks: np.ndarray) -> np.ndarray:
    """Signed area of the polygon 60-67 in xy, (...,): positive when open, negative when inverted."""
    x, y = landmarks[..., 60:68, 0], landmarks[..., 60:68, 1]
    following_x, following_y = np.roll(x, -1, axis=-1), np.roll(y, -1, axis=-1)
    return 0.5 * (x * following_y - following_x * y).sum(axis=-1)


def repair_inverted_lips(faces: np.ndarray, previous: np.ndarray | None = None) -> np.ndarray:
    """Close lips that crossed: where `inner_lip_area` is negative, facing inner points become their midpoint.

    The outer points of such a frame then keep, in y, the distance from the inner ones that they had in the
    frame before (after its own repair), so that the lips do not get thinner.

    Args:
        faces: (T, 68, D) consecutive frames.
        previous: (68, D) repaired frame before the first one, when ``faces`` continue a sequence; without it
            the outer points of the first frame stay.

    Returns:
        A copy, (T, 68, D).
    """
    repaired = np.array(faces)
    outer, inner = np.array(_OUTER_FOLLOWS).T
    for index in np.flatnonzero(inner_lip_area(repaired) < 0):
        frame = repaired[index]
        for upper, lower in INNER_LIP_PAIRS:
            frame[[upper, lower]] = 0.5 * (frame[upper] + frame[lower])
        before = repaired[index - 1] if index > 0 else previous
        if before is not None:
            frame[outer, 1] = before[outer, 1] + frame[inner, 1] - before[inner, 1]
    return repaired


def extrapolate_nose_root(faces: np.ndarray) -> np.ndarray:
    """Point 27 = 2 p28 - p29 in (..., 68, D), as published; a copy."""
    straight = np.array(faces)
    straight[..., 27, :] = 2 * straight[..., 28, :] - straight[..., 29, :]
    return straight


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


def most_closed_frame(faces: np.ndarray) -> int:
    """Index of the frame of (T, 68, D) whose inner lips enclose the smallest area."""
    return int(np.abs(inner_lip_area(faces)).argmin())


def smooth(frames: np.ndarray, window: int, order: int = 3) -> np.ndarray:
    """Savitzky-Golay filter along time, (T, ...) -> (T, ...), any T.

    A clip shorter than the window gets the longest odd window that fits, and one that the polynomial passes
    through anyway stays as it is. Frames at least ``window // 2`` away from both ends do not depend on them.
    """
    window = min(window, len(frames) - (len(frames) + 1) % 2)
    if window <= order:
        return np.array(frames)
    return savgol_filter(frames, window, order, axis=0)


class SmoothingStream:
    """`smooth` of a sequence that comes in chunks, with a delay of ``window // 2`` frames.

    The concatenation of what `push` and the final `flush` return equals `smooth` of the whole sequence.
    """

    def __init__(self, window: int, order: int = 3) -> None:
        self.window, self.order = window, order
        self._recent: np.ndarray | None = None
        self._started = False

    def push(self, frames: np.ndarray) -> np.ndarray:
        """Take (t, ...) frames, t >= 0, and return those that are ready, perhaps none."""
        recent = frames if self._recent is None else np.concatenate([self._recent, frames])
        self._recent = recent
        if len(recent) < self.window or len(frames) == 0:
            return frames[:0]
        half = self.window // 2
        ready = savgol_filter(recent, self.window, self.order, axis=0)
        ready = ready[half + 1 if self._started else 0 : len(ready) - half]
        self._recent, self._started = recent[-self.window :], True
        return ready

    def flush(self) -> np.ndarray | None:
        """Return the last frames and start anew; ``None`` if nothing was ever pushed."""
        recent, started = self._recent, self._started
        self._recent, self._started = None, False
        if recent is None or not started:
            return None if recent is None else smooth(recent, self.window, self.order)
        return smooth(recent, self.window, self.order)[self.window // 2 + 1 :]
