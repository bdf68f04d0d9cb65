"""Head motion: rotation and shift of a 3-D face over time, read from a file or generated.

A pose is yaw, pitch, roll in degrees (see `registration.rotation_from_angles`), shift x, y in normalised
units (the jaw ends are 1.6 apart) and the relative change of size that stands for a shift in depth. The head
turns about the `PIVOT` in its neck.
"""

import os
from pathlib import Path
from typing import Protocol

import numpy as np

from ..audio.waveform import FRAME_RATE
from ..foundation.backends import Network, Runtime, running
from ..foundation.data_files import read_table
from ..foundation.errors import InputError
from ..foundation.face.geometry import inner_gap

POSE_SIZE = 6
#: Frames of a pose file a second.
FILE_RATE = 25.0
#: Largest angles and shifts that look natural in a portrait and that the drawing stage renders well: yaw,
#: pitch, roll, x, y, size. Heads in clips turn further at times, with the body, which a drawing keeps still.
LIMITS = np.array([9.0, 9.0, 5.5, 0.20, 0.15, 0.10])
#: Largest rotation from one frame to the next at 25 frames/s, degrees.
MAX_STEP = 1.5
_COLUMNS = ("yaw", "pitch", "roll", "x", "y", "size")
_SHIFT = 0.6  # in clips the whole body sways; in a drawing all but the head stands still
_BROWS = 1.3  # the spline flattens what brows do quickly
GENERATOR_EVERY = 5  # frames at 62.5 Hz between generated poses


class HeadMotion(Protocol):
    """A source of head poses and brow raises, frame by frame at 62.5 Hz."""

    def hear(self, samples: np.ndarray, last: bool = False) -> None:
        """Sound (n,) at 16 kHz, given before the frames that it belongs to are asked for; ``last`` ends it.

        Most sources need none of it.
        """
        return

    def poses(self, displacement: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The pose (t, 6) and the rise of the brows (t,) for the next frames.

        displacement: (t, 68, 3) of mouth and jaw in these frames, normalised units.
        """


class Still(HeadMotion):
    """No motion."""

    def poses(self, displacement: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((len(displacement), POSE_SIZE)), np.zeros(len(displacement))


class FileMotion(HeadMotion):
    """Poses from a CSV file at 25 Hz, see `read_poses`. After its end the last one is held."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._poses = read_poses(path)
        self._frame = 0

    def poses(self, displacement: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        times = (self._frame + np.arange(len(displacement))) / FRAME_RATE
        self._frame += len(displacement)
        own = np.arange(len(self._poses)) / FILE_RATE
        pose = np.stack([np.interp(times, own, column) for column in self._poses.T], axis=1)
        return pose, np.zeros(len(displacement))


def read_poses(path: str | os.PathLike[str]) -> np.ndarray:
    """A pose file → (T, 6). Columns yaw, pitch, roll (degrees) and x, y (normalised), size; others are zero.
    Raises InputError where there is no such file or no known column, or a value is no number or far outside
    of what can be drawn (angles above 60 degrees, shifts above 1)."""
    columns, rows = read_table(path, "pose file", "see --head_motion")
    names = [name for name in _COLUMNS if name in columns]
    if not names or not rows:
        raise InputError(f"{path} has none of the columns {', '.join(_COLUMNS)}; give it a header row")
    poses = np.zeros((len(rows), POSE_SIZE))
    try:
        for name in names:
            poses[:, _COLUMNS.index(name)] = [float(row[columns[name]]) for row in rows]
    except (ValueError, OverflowError) as error:
        raise InputError(f"{path} is no table of numbers ({error}); see --head_motion") from None
    limits = np.array([60.0, 60, 60, 1, 1, 0.5])
    if not np.isfinite(poses).all() or (np.abs(poses) > limits).any():
        raise InputError(f"{path} holds poses that cannot be drawn; angles up to 60 degrees, shifts up to 1")
    return poses


class GeneratedMotion(HeadMotion):
    """Poses and brows drawn from a trained generator that hears the mouth move; the same for the same seed.

    network: a `PoseGenerator` or what runs one. seed: of the random numbers. temperature: scale of their
    deviation.
    """

    def __init__(self, network: Network | Runtime, seed: int = 0, temperature: float = 1.0) -> None:
        self._network, self._temperature = running(network), temperature
        self._random = np.random.default_rng(seed)
        self._state = tuple(self._network.zeros("sample", name) for name in ("pose", "change", "memory"))
        self._waiting = np.zeros((0, 2), np.float32)
        self._curve = PoseCurve()

    def poses(self, displacement: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        heard = mouth_activity(displacement)
        out = np.empty((len(displacement), POSE_SIZE + 1))
        for index, activity in enumerate(heard):
            self._waiting = np.concatenate([self._waiting, activity[None]])
            out[index] = self._curve.at(len(self._waiting) / GENERATOR_EVERY)
            if len(self._waiting) == GENERATOR_EVERY:
                self._advance()
        return out[:, :POSE_SIZE], out[:, POSE_SIZE]

    def _advance(self) -> None:
        noise = self._temperature * self._random.standard_normal(self._network.numbers["pose_size"])
        condition = self._waiting.mean(axis=0)
        self._state = self._network("sample", condition, noise.astype(np.float32), *self._state)
        self._curve.extend(self._state[0])
        self._waiting = self._waiting[:0]


class PoseCurve:
    """A smooth curve along poses made every 80 ms, within what can be drawn; it starts at rest."""

    def __init__(self) -> None:
        self._poses = np.zeros((4, POSE_SIZE + 1))  # control points of the spline around the current frame

    def extend(self, pose: np.ndarray) -> None:
        """Go on towards a pose with brows (7,)."""
        pose = np.array(pose, dtype=np.float64)
        pose[3:POSE_SIZE] *= _SHIFT
        pose[POSE_SIZE] *= _BROWS
        pose = limited(pose, self._poses[-1])
        self._poses = np.concatenate([self._poses[1:], pose[None]])

    def at(self, share: float) -> np.ndarray:
        """Pose with brows (7,) at ``share`` 0 ... 1 of the current 80 ms."""
        return spline_weights(share) @ self._poses


def spline_weights(share: float) -> np.ndarray:
    """Weights (4,) of the control points of a uniform cubic B-spline at ``share`` 0 ... 1 of its middle.

    The curve has a continuous second derivative, and no steeper slope than its control points.
    """
    u = share
    return np.array([(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3]) / 6


def mouth_activity(displacement: np.ndarray) -> np.ndarray:
    """What a head hears of the speech: opening and jaw drop, (T, 68, 3) → (T, 2) float32."""
    return np.stack([inner_gap(displacement), displacement[:, 8, 1]], axis=1).astype(np.float32)


def limited(pose: np.ndarray, before: np.ndarray) -> np.ndarray:
    """A pose (7,) bent softly inside `LIMITS`, turned at most `MAX_STEP` per 40 ms from ``before``."""
    pose = np.array(pose)
    pose[:POSE_SIZE] /= (1 + (pose[:POSE_SIZE] / LIMITS) ** 4) ** 0.25
    step = pose[:3] - before[:3]
    most = MAX_STEP * GENERATOR_EVERY / (FRAME_RATE / FILE_RATE) * 0.9
    size = float(np.linalg.norm(step))
    if size > most:
        pose[:3] = before[:3] + step * (most / size)
    return pose


def motion_named(name: str, network: Network | Runtime | None = None, seed: int = 0) -> HeadMotion:
    """The source of head motion for ``none``, ``generated`` or the name of a .csv file. Raises InputError for
    an unknown name, or ``generated`` without a network."""
    if name == "none":
        return Still()
    if name == "generated":
        if network is None:
            raise InputError("no weights of the head pose generator were found; use --head_motion none")
        return GeneratedMotion(network, seed)
    if Path(name).suffix.lower() == ".csv":
        return FileMotion(name)
    raise InputError(f"unknown head motion {name!r}; choose none, speaker_branch, generated or a .csv file")
