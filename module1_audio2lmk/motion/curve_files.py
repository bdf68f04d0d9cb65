"""Curve files: what other animation programs write and read of a talking face.

- `.csv`: Live Link Face (Epic, iOS app 1.3): a header with Timecode, BlendShapeCount, ARKit's 52 shapes in
  PascalCase and nine angles in radians; a row a frame, its time HH:MM:SS:FF.fff at 60 (or 24 to 30) frames a
  second. Names are read in any case, and with any order or subset of the columns.
- `.tsv`, `.json`, `.xml`: mouth cues of Rhubarb Lip Sync 1.13 (Wolf), shapes A to H and X, times in
  hundredths.
"""

import csv
import io
import json
import os
import xml.etree.ElementTree as xml
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..foundation.data_files import UNREADABLE, parse_json, read_table, read_text
from ..foundation.errors import InputError
from ..foundation.face.geometry import inner_gap
from ..foundation.face.landmark_file import Motion, at_rate
from ..foundation.tracks import LONGEST, read_between, resample_evenly
from .blend_shapes import HEAD, NAMES, Curves, column, mouth_of, to_curves, to_landmarks

SUFFIXES = (".csv", ".tsv", ".json", ".xml")
_ANGLES = (*HEAD, *(f"{side}Eye{name}" for side in ("Left", "Right") for name in ("Yaw", "Pitch", "Roll")))
_USUAL_RATE = 60.0
_CLOCKS = (24, 25, 30, 60)  # frames of a timecode's second
#: Rhubarb's mouth shapes as weights: at rest, closed, teeth, open, wide, rounded, puckered, F, tongue.
_CUES: dict[str, dict[str, float]] = {
    "X": {},
    "A": {"MouthRollLower": 0.2, "MouthRollUpper": 0.2},
    "B": {"JawOpen": 0.1, "MouthStretchLeft": 0.35, "MouthStretchRight": 0.35},
    "C": {"JawOpen": 0.38, "MouthStretchLeft": 0.1, "MouthStretchRight": 0.1},
    "D": {"JawOpen": 0.8},
    "E": {"JawOpen": 0.35, "MouthFunnel": 0.5, "MouthPucker": 0.2},
    "F": {"JawOpen": 0.12, "MouthPucker": 0.8},
    "G": {"JawOpen": 0.12, "MouthRollLower": 0.9},
    "H": {"JawOpen": 0.5},
}
_FOUND = "XABCDEFG"  # H needs the tongue, which landmarks do not show; Rhubarb holds it optional
_CUE_RATE = 100.0  # frames a second at which cues become curves
_MIX = 9  # of these frames: mouths change within 0.09 s
_SHORTEST, _REST = 4, 20  # hundredths: of a cue; a mouth shut for longer is at rest (X), else closed (A)


def read_curves(path: str | os.PathLike[str]) -> Curves:
    """A curve file, by the end of its name. Raises InputError where it is none."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path} is no curve file; its name ends in {', '.join(SUFFIXES)}")
    if suffix == ".csv":
        return _read_live_link(path)
    text = read_text(path, "file of mouth cues")
    readers: dict[str, Callable[[str, str | os.PathLike[str]], list[tuple[float, float, str]]]]
    readers = {".tsv": _tsv_cues, ".json": _json_cues, ".xml": _xml_cues}
    try:
        return from_cues(readers[suffix](text, path))
    except (*UNREADABLE, xml.ParseError) as error:
        raise _no_cues(path, error) from None


def moved(curves: Curves, landmarks: np.ndarray, fps: Fraction, seconds: float = 0.0) -> Motion:
    """A face, (68, 3) px, moved by curves, at a rate and for a sound of so many seconds, see `at_rate`."""
    frames = to_landmarks(curves, landmarks)
    return at_rate(Motion(frames, Fraction(curves.fps).limit_denominator(1001)), fps, seconds)


def motion_text(path: str | os.PathLike[str], motion: Motion, landmarks: np.ndarray, sound: str = "") -> str:
    """The text of a curve file: a motion of the face (68, 3) px. Raises InputError as `packed`."""
    return packed(path, to_curves(motion.frames, motion.first_landmarks(landmarks), float(motion.fps)), sound)


def check_suffix(path: str | os.PathLike[str]) -> None:
    """Raises InputError where a name ends in no format of curves."""
    if Path(path).suffix.lower() not in SUFFIXES:
        raise InputError(f"cannot write curves to {path}: let its name end in {', '.join(SUFFIXES)}")


def packed(path: str | os.PathLike[str], curves: Curves, sound: str = "") -> str:
    """The text of a curve file in the format that its name ends in. Raises InputError for another ending."""
    check_suffix(path)
    suffix = Path(path).suffix.lower()
    if suffix == ".csv":
        return _live_link(curves)
    cues = to_cues(curves)
    end = cues[-1][1]
    if suffix == ".tsv":
        return "".join(f"{a:.2f}\t{shape}\n" for a, _, shape in cues) + f"{end:.2f}\tX\n"
    if suffix == ".json":
        metadata = {"soundFile": sound, "duration": round(end, 2)}
        rows = [{"start": round(a, 2), "end": round(b, 2), "value": shape} for a, b, shape in cues]
        return json.dumps({"metadata": metadata, "mouthCues": rows}, indent=2, ensure_ascii=False) + "\n"
    root = xml.Element("rhubarbResult")
    about = xml.SubElement(root, "metadata")
    xml.SubElement(about, "soundFile").text = sound
    xml.SubElement(about, "duration").text = f"{end:.2f}"
    mouths = xml.SubElement(root, "mouthCues")
    for a, b, shape in cues:
        xml.SubElement(mouths, "mouthCue", start=f"{a:.2f}", end=f"{b:.2f}").text = shape
    xml.indent(root)
    text = xml.tostring(root, encoding="unicode", short_empty_elements=False)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def from_cues(cues: list[tuple[float, float, str]]) -> Curves:
    """Mouth cues (start, end in s, shape) → curves at 100 frames a second; mouths change softly."""
    if not cues or not all(0 <= a <= b <= LONGEST for a, b, _ in cues):
        raise ValueError("cues have to begin at 0 or later and end after they begin")
    if any(later[0] < former[0] for former, later in pairwise(cues)):
        raise ValueError("cues are not in order")
    weights = np.zeros((max(1, round(cues[-1][1] * _CUE_RATE)), len(NAMES)))
    for start, end, shape in cues:
        if shape not in _CUES:
            raise ValueError(f"{shape!r} is no mouth shape from A to H or X")
        span = slice(round(start * _CUE_RATE), round(end * _CUE_RATE))
        weights[span] = _weights(shape)
    ends = np.pad(weights, ((_MIX // 2, _MIX // 2), (0, 0)), mode="edge")
    sums = np.cumsum(np.vstack([np.zeros(len(NAMES)), ends]), axis=0)
    return Curves((sums[_MIX:] - sums[:-_MIX]) / _MIX, np.zeros((len(weights), 3)), _CUE_RATE)


def to_cues(curves: Curves) -> list[tuple[float, float, str]]:
    """Curves → the likest of Rhubarb's mouth shapes over time, (start, end in s, shape)."""
    count = max(1, round(len(curves.weights) / curves.fps * _CUE_RATE))
    mouths = read_between(mouth_of(curves.weights), np.arange(count) * curves.fps / _CUE_RATE)
    table = mouth_of(np.stack([_weights(shape) for shape in _FOUND]))
    distance = np.square(mouths[:, None] - table[None]).sum(axis=(2, 3))
    shapes = np.array(list(_FOUND))[distance.argmin(axis=1)]
    shapes[inner_gap(mouths) < _shut(table)] = "X"
    runs: list[list] = []
    for shape in shapes:
        if runs and runs[-1][1] == shape:
            runs[-1][0] += 1
        elif runs and runs[-1][0] < _SHORTEST:
            runs[-1] = [runs[-1][0] + 1, shape]
        else:
            runs.append([1, shape])
    cues: list[tuple[float, float, str]] = []
    start = 0
    for length, shape in runs:
        closed = "A" if shape == "X" and length < _REST and 0 < start < count - length else shape
        begun = cues.pop()[0] if cues and cues[-1][2] == closed else start / _CUE_RATE
        cues.append((begun, (start + length) / _CUE_RATE, closed))
        start += length
    return cues


def _shut(table: np.ndarray) -> float:
    """Gap below which a mouth is shut: half of the least open shape's."""
    return 0.5 * float(inner_gap(table[_FOUND.index("B")]))


def _weights(shape: str) -> np.ndarray:
    found = np.zeros(len(NAMES))
    for name, weight in _CUES[shape].items():
        found[column(name)] = weight
    return found


def _live_link(curves: Curves) -> str:
    content = io.StringIO(newline="")
    rows = csv.writer(content, lineterminator="\n")
    rows.writerow(["Timecode", "BlendShapeCount", *NAMES, *_ANGLES])
    for number, (weights, head) in enumerate(zip(curves.weights, np.radians(curves.head), strict=True)):
        seconds, frames = divmod(number / curves.fps, 1)
        minutes, second = divmod(int(seconds), 60)
        time = f"{minutes // 60 % 24:02}:{minutes % 60:02}:{second:02}:{frames * 60:06.3f}"
        values = [f"{value:.6f}" for value in (*weights, *head, *[0.0] * 6)]
        rows.writerow([time, len(NAMES) + len(_ANGLES), *values])
    return content.getvalue()


def _read_live_link(path: str | os.PathLike[str]) -> Curves:
    what, advice = "table of blend shapes", "save it as Live Link Face does, with commas"
    columns, rows = read_table(path, what, advice, may_be_cut=True)
    header = {name.lower(): place for name, place in columns.items()}
    try:
        if "timecode" not in header:
            raise ValueError("it has no column Timecode")
        places = {name: header[name.lower()] for name in (*NAMES, *HEAD) if name.lower() in header}
        if len(rows) < 1 or not set(places) - set(HEAD):
            raise ValueError("it has no blend shapes")
        times = _times([row[header["timecode"]] for row in rows])
        table = {name: np.array([float(row[place]) for row in rows]) for name, place in places.items()}
    except (ValueError, OverflowError) as error:
        raise InputError(f"{path} is no {what} ({error}); {advice}") from None
    if not all(np.isfinite(values).all() and (np.abs(values) < 7).all() for values in table.values()):
        raise InputError(f"{path} holds weights that cannot be; {advice}")
    weights = np.zeros((len(rows), len(NAMES)))
    for name in set(table) - set(HEAD):
        weights[:, column(name)] = table[name].clip(0, 1)
    head = np.degrees(np.stack([table.get(name, np.zeros(len(rows))) for name in HEAD], axis=1))
    try:
        even, fps = resample_evenly(np.concatenate([weights, head], axis=1), times, _USUAL_RATE)
    except ValueError as error:
        raise InputError(f"{path}: {error}; record it anew") from None
    return Curves(even[:, : len(NAMES)], even[:, len(NAMES) :], fps)


def _times(codes: list[str]) -> np.ndarray:
    """HH:MM:SS:FF.fff → s from the first on. A recording may go past midnight."""
    parts = np.array([[float(part) for part in code.split(":")] for code in codes])
    if parts.ndim != 2 or parts.shape[1] != 4 or not np.isfinite(parts).all():
        raise ValueError("times have to be HH:MM:SS:FF")
    frames = parts[:, 3].max()
    clock = next((clock for clock in _CLOCKS if frames < clock), None)
    whole = np.abs(np.diff(parts[:, 2])).any()  # less than a second need not show its highest frame
    if clock is None or (parts < 0).any():
        raise ValueError("times have to be HH:MM:SS:FF with up to 60 frames a second")
    seconds = parts[:, :3] @ (3600, 60, 1) + parts[:, 3] / (clock if whole else 60)
    return np.cumsum(np.append(0.0, np.diff(seconds) + 86400 * (np.diff(seconds) < -43200)))


def _tsv_cues(text: str, path: str | os.PathLike[str]) -> list[tuple[float, float, str]]:
    """Lines "start TAB shape"; the last one says where the recording ends."""
    rows = [line.split("\t") for line in text.splitlines() if line.strip()]
    times = [float(row[0]) for row in rows]
    if len(rows) < 2:
        raise ValueError("it has no cues")
    return [(times[k], times[k + 1], rows[k][1].strip()) for k in range(len(rows) - 1)]


def _json_cues(text: str, path: str | os.PathLike[str]) -> list[tuple[float, float, str]]:
    content = parse_json(text, path, "file of mouth cues", "make it with Rhubarb")
    return [(float(cue["start"]), float(cue["end"]), str(cue["value"])) for cue in content["mouthCues"]]


def _xml_cues(text: str, path: str | os.PathLike[str]) -> list[tuple[float, float, str]]:
    if "<!" in text.replace("<!--", ""):
        raise ValueError("declarations are not read")  # entities could swell without end
    root = xml.fromstring(text.encode())
    return [(float(c.attrib["start"]), float(c.attrib["end"]), str(c.text)) for c in root.iter("mouthCue")]


def _no_cues(path: str | os.PathLike[str], error: BaseException) -> InputError:
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return InputError(f"{path} is no file of mouth cues ({reason}); make it with Rhubarb")
