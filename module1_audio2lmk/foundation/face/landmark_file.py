"""Landmark frames of a face with their rate: kept in a file, brought to another rate or length."""

import io
import os
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data_files import Expected, read_arrays
from ..errors import InputError, warn
from ..files import atomic_path
from ..tracks import read_between
from .foreign_landmarks import read_foreign
from .geometry import SMALLEST_FACE

#: Frames a second that can be drawn.
RATES = (Fraction(1), Fraction(125, 2))
# Trackers film faces at up to 240 frames a second.
_FILE_RATES = (1.0, 1000.0)
_FARTHEST = 5120.0  # px: ten crops away from the face
_EXPECTED = {
    "frames": Expected(("frames", 68, 2), "f", _FARTHEST, spread=SMALLEST_FACE),
    "fps": Expected((), "fiu"),
    "start": Expected((68, 2), "f", _FARTHEST, optional=True, spread=SMALLEST_FACE),
}
_ADVICE = "make it with --save_landmarks"
# A sound that is longer than the frames by less ends with the last one.
_SAME_LENGTH = 0.1


class Motion(NamedTuple):
    """frames: (T, 68, 2) px of the 512² crop; fps; start: (68, 2), what they move away from, if not the
    landmarks found in the photo. foreign: they are px of another picture and maybe of another face."""

    frames: np.ndarray
    fps: Fraction
    start: np.ndarray | None = None
    foreign: bool = False

    @property
    def seconds(self) -> float:
        return float(len(self.frames) / self.fps)

    def first_landmarks(self, landmarks: np.ndarray) -> np.ndarray:
        """The landmarks (68, 3) px of the photo from which the motion starts."""
        if self.start is None:
            return landmarks
        return np.concatenate([self.start, landmarks[:, 2:]], axis=1).astype(landmarks.dtype)


def read_landmarks(path: str | os.PathLike[str]) -> Motion:
    """A file of --save_landmarks, or of another program, see `read_foreign`. Raises InputError else."""
    if Path(path).suffix.lower() in (".pts", ".csv") or Path(path).is_dir():
        foreign, rate = read_foreign(Path(path))
        return Motion(foreign, Fraction(rate).limit_denominator(1001), foreign=True)
    arrays = read_arrays(path, _EXPECTED, "file of landmark frames", _ADVICE)
    fps = float(arrays["fps"])
    if not _FILE_RATES[0] <= fps <= _FILE_RATES[1]:
        raise InputError(f"{path} has {fps:g} frames a second, which cannot be; {_ADVICE}")
    return Motion(arrays["frames"], Fraction(fps).limit_denominator(1001), arrays.get("start"))


def write_landmarks(path: str | os.PathLike[str], motion: Motion) -> None:
    """Write what `read_landmarks` reads."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(packed(motion))


def packed(motion: Motion) -> bytes:
    """The content of a landmark file."""
    content = io.BytesIO()
    start = {} if motion.start is None else {"start": motion.start}
    np.savez_compressed(content, frames=motion.frames, fps=np.float64(motion.fps), **start)
    return content.getvalue()


def at_rate(motion: Motion, fps: Fraction, seconds: float = 0.0) -> Motion:
    """The same motion at another rate, for a sound of so many seconds.

    The speed stays: between two frames the points go straight on. Where the sound lasts longer, the last
    frame is held to its end, and a warning says so; where it ends first, the motion is drawn to its own end.
    """
    length = motion.seconds
    if seconds > length + _SAME_LENGTH:
        warn(f"the landmarks end at {length:.2f} s, the sound at {seconds:.2f} s: the last frame is held")
        length = seconds
    count = max(1, round(length * float(fps)))
    if fps == motion.fps and count == len(motion.frames):
        return motion
    frames = read_between(motion.frames, np.arange(count) * float(motion.fps / fps))
    return motion._replace(frames=frames.astype(np.float32), fps=fps)
