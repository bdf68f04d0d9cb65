"""Store of an output folder: scores, features and videos of what is finished."""

import json
import math
import os
import tempfile
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import ArrayLike

from module1_audio2lmk.audio.waveform import SAMPLE_RATE
from module1_audio2lmk.foundation import data_files
from module1_audio2lmk.foundation.data_files import UNREADABLE, read_json, read_lines
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import write_text
from module1_audio2lmk.foundation.media import VideoWriter

#: Folder of the clips themselves among the videos.
CLIP_VIDEOS = "_clip"
RESULTS = "results.json"
#: What the results of drawing methods hold.
DRAWN = ("methods", "metrics", "scores", "clips")


def slug(label: str) -> str:
    """A label as the name of a folder: letters, digits, - and . stay, but no leading point."""
    name = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in label)
    return name.lstrip("._") or "run"


class Store:
    """Paths below an output folder, and what is read from and written to them."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def pair(self, row: str, clip: str) -> Path:
        """Scores and features of a row of the table and a clip, or a photo in motion."""
        return self.folder / "pairs" / row / f"{clip}.npz"

    def reference(self, clip: str) -> Path:
        """Features of the drawings that a clip is compared with."""
        return self.folder / "references" / f"{clip}.npz"

    def video(self, row: str, clip: str) -> Path:
        return self.folder / "videos" / row / f"{clip}.mp4"

    def drawing(self, photo: str) -> Path:
        """Static drawing of a photo, one of those that set metrics compare with."""
        return self.folder / "drawings" / f"{photo}.png"

    def still(self, photo: str) -> Path:
        """A photo and its static drawing side by side, for the page."""
        return self.folder / "stills" / f"{photo}.png"


def read_results(path: str | os.PathLike[str], needed: Iterable[str] = DRAWN) -> dict[str, Any]:
    """A results.json, or the one in a folder. Raises InputError where it is none that has what is needed."""
    path = Path(path) / RESULTS if Path(path).is_dir() else Path(path)
    content = read_json(path, "result file")
    if not set(needed) <= set(content):
        raise InputError(f"{path} is no result of this program; give a results.json")
    return content


def read_names(listed: str | os.PathLike[str]) -> list[str]:
    """Names from a text file of one name a line (# starts a comment), or the validation part of a JSON.

    Raises InputError where the file is neither.
    """
    lines = read_lines(listed, "list of names")
    if not (lines and lines[0].startswith(("{", "["))):
        return [name for line in lines if (name := line.partition("#")[0].strip())]
    content: Any = read_json(listed, "list of names", kind=dict if lines[0].startswith("{") else list)
    if isinstance(content, dict):
        if "validation" not in content:
            raise InputError(f"{listed} has no part 'validation'; it has {', '.join(content)}")
        content = content["validation"]
    if not isinstance(content, list) or not all(isinstance(name, str) for name in content):
        raise InputError(f"{listed} holds no list of names; write one name a line")
    return content


def check_names(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raises InputError where a name is none of those known, which it lists."""
    known = list(known)
    if unknown := [name for name in names if name not in known]:
        raise InputError(f"unknown {what} {', '.join(unknown)}; there are {', '.join(known)}")


def write_json(path: Path, content: Any) -> None:
    """NaN inside becomes null: JSON has none."""
    write_text(path, json.dumps(_without_nan(content), indent=1, allow_nan=False))


def read_arrays(path: Path, key: str | None = None) -> dict[str, np.ndarray] | None:
    """Arrays by name as `write_arrays` left them; None for none, or (with `key`) for those of another key."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except UNREADABLE:
        return None
    return arrays if str(arrays.pop("key", "")) == key or key is None else None


def write_arrays(path: Path, arrays: Mapping[str, ArrayLike], key: str) -> None:
    """Arrays, and the key of what they depend on."""
    data_files.write_arrays(path, key=np.array(key), **{name: np.asarray(a) for name, a in arrays.items()})


def write_video(path: Path, frames: np.ndarray, fps: Fraction, samples: np.ndarray) -> None:
    """Frames (T, H, W, 3) uint8 RGB with a sound (N,) of 16 kHz, as far as they go."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        soundfile.write(sound, samples, SAMPLE_RATE)
        with VideoWriter(path, (frames.shape[2], frames.shape[1]), fps, sound) as writer:
            for frame in frames:
                writer.write(frame)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
