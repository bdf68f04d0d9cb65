"""Landmark frames of other programs: 68 points in px of their own picture, not of a face crop.

- `.pts`: iBUG's annotations (300-W, 300-VW; version 1), one face a file, or a folder of them, a frame a file
  in the order of their names, at 25 frames a second; MATLAB's pixels, counted from 1.
- `.csv`: OpenFace 2.2 (Baltrušaitis), FeatureExtraction with 2-D landmarks: columns timestamp, success, x_0 …
  y_67, with or without a blank after each comma. Frames without a face are bridged.
"""

from pathlib import Path

import numpy as np

from ..data_files import read_table, read_text, spread_out
from ..errors import InputError
from ..tracks import resample_evenly
from .geometry import NUM_LANDMARKS, SMALLEST_FACE

_FARTHEST = 1e5  # px
_PTS_RATE = 25.0
_OPENFACE = "table of OpenFace", "make it with FeatureExtraction -2Dfp"


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
    return bool((np.abs(points) < _FARTHEST).all() and spread_out(points, SMALLEST_FACE))


def _of_one_face(rows: list[list[str]], place: int | None) -> list[list[str]]:
    """Of several faces the rows of the one that is seen most."""
    if place is None or not rows:
        return rows
    faces = [row[place].strip() for row in rows]
    most = max(dict.fromkeys(faces), key=faces.count)
    return [row for row, face in zip(rows, faces, strict=True) if face == most]
