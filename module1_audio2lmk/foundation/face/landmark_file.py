"""Landmark frames of a face with their rate: kept in a file, brought to another rate or length.

Those of other programs are 68 points in px of their own picture, not of a face crop:

- `.pts`: iBUG's annotations (300-W, 300-VW; version 1), one face a file, or a folder of them, a frame a file
  in the order of their names, at 25 frames a second; MATLAB's pixels, counted from 1.
- `.csv`: OpenFace 2.2 (Baltrušaitis), FeatureExtraction with 2-D landmarks: columns timestamp, success, x_0 …
  y_67, with or without a blank after each comma. Frames without a face are bridged.
"""

import io
import os
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data_files import Expected, read_arrays, read_table, read_text, spread_out
from ..errors import InputError, warn
from ..files import atomic_path
from ..tracks import read_between, resample_evenly
from .geometry import NUM_LANDMARKS, SMALLEST_FACE

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
_FARTHEST_FOREIGN = 1e5  # px of another picture
_PTS_RATE = 25.0
_OPENFACE = "table of OpenFace", "make it with FeatureExtraction -2Dfp"


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


def read_foreign(path: Path) -> tuple[np.ndarray, float]:
    """(T, 68, 2) float32 px and frames a second of a .pts file, a folder of these, or an OpenFace .csv.

    Raises InputError where it is none.
    """
    if path.is_dir():
        files = sorted(path.glob("*.pts"))
        if not files:
            raise InputError(f"no .pts files in the folder {path}; name a file, or a folder of them")
        return np.stack([_read_pts(file) for file in files]), _PTS_RATE
    if path.suffix.lower() == ".pts":
        return _read_pts(path)[None], _PTS_RATE
    return _read_openface(path)


def _read_pts(path: Path) -> np.ndarray:
    text = read_text(path, "file of landmarks")
    head, _, rest = text.partition("{")
    rows = [line.split() for line in rest.partition("}")[0].splitlines() if line.strip()]
    try:
        points = np.array([[float(value) for value in row] for row in rows])
    except ValueError:
        points = np.empty(0)
    if "version" not in head or points.shape != (NUM_LANDMARKS, 2) or not _possible(points):
        raise InputError(f"{path} is no .pts file of 68 points; annotate the face in iBUG's order")
    return (points - 1).astype(np.float32)


def _read_openface(path: Path) -> tuple[np.ndarray, float]:
    what, advice = _OPENFACE
    header, rows = read_table(path, what, advice, may_be_cut=True)
    try:
        wanted = [f"{axis}_{point}" for point in range(NUM_LANDMARKS) for axis in "xy"]
        places = [header[name] for name in wanted]
        time, success = header["timestamp"], header.get("success")
        rows = _of_one_face(rows, header.get("face_id"))
        found = [row for row in rows if success is None or float(row[success]) > 0]
        frames = np.array([[float(row[place]) for place in places] for row in found])
        times = np.array([float(row[time]) for row in found])
    except KeyError as error:
        raise InputError(f"{path} is no {what}: it has no column {error}; {advice}") from None
    except (ValueError, OverflowError) as error:
        raise InputError(f"{path} is no {what} ({error}); {advice}") from None
    if not len(frames) or not all(_possible(frame.reshape(-1, 2)) for frame in frames):
        raise InputError(f"{path} shows no face, or one that cannot be; {advice}")
    try:
        even, fps = resample_evenly(frames.reshape(-1, NUM_LANDMARKS, 2), times, _PTS_RATE)
    except ValueError as error:
        raise InputError(f"{path}: {error}; {advice}") from None
    return even.astype(np.float32), fps


def _possible(points: np.ndarray) -> bool:
    """(68, 2) px within bounds that are a face."""
    return bool((np.abs(points) < _FARTHEST_FOREIGN).all() and spread_out(points, SMALLEST_FACE))


def _of_one_face(rows: list[list[str]], place: int | None) -> list[list[str]]:
    """Of several faces the rows of the one that is seen most."""
    if place is None or not rows:
        return rows
    faces = [row[place].strip() for row in rows]
    most = max(dict.fromkeys(faces), key=faces.count)
    return [row for row, face in zip(rows, faces, strict=True) if face == most]
