"""The files of an output folder: scores, features and videos of what is finished."""

from __future__ import annotations

import json
import math
import os
import wave
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from module1_audio2lmk.audio.waveform import SAMPLE_RATE
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import atomic_path, input_file
from module1_audio2lmk.foundation.media import VideoWriter

from .films import SIZE, Portrait

#: Folder of the films themselves among the videos.
FILM_VIDEOS = "_film"
RESULTS = "results.json"
#: What the results of drawing methods hold.
DRAWN = ("methods", "metrics", "scores", "films")


def slug(label: str) -> str:
    """A label as the name of a folder: letters, digits, - and . stay, but no leading point."""
    name = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in label)
    return name.lstrip("._") or "run"


class Store:
    """Paths below an output folder, and what is read from and written to them."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def pair(self, row: str, film: str, suffix: str = ".json") -> Path:
        """Scores (or with .npz features) of a row of the table and a film."""
        return self.folder / "pairs" / row / f"{film}{suffix}"

    def reference(self, film: str) -> Path:
        """Features of the drawings that a film is compared with."""
        return self.folder / "references" / f"{film}.npz"

    def video(self, row: str, film: str) -> Path:
        return self.folder / "videos" / row / f"{film}.mp4"


def read_scores(path: Path, key: str | None = None) -> dict[str, Any] | None:
    """Scores as `write_json` left them; None where there are none, or (with `key`) of another key."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or not {"key", "scores", "frames"} <= set(content):
        return None
    return content if key in (None, content["key"]) else None


def read_results(path: str | os.PathLike[str], needed: Iterable[str] = DRAWN) -> dict[str, Any]:
    """A results.json, or the one in a folder. Raises InputError where it is none that has what is needed."""
    path = Path(path) / RESULTS if Path(path).is_dir() else Path(path)
    content = read_json(path, "result file")
    if not isinstance(content, dict) or not set(needed) <= set(content):
        raise InputError(f"{path} is no result of this program; give a results.json")
    return content


def read_json(path: Path, what: str) -> Any:
    """The content of a JSON file. Raises InputError, which calls it `what`, where it is none."""
    try:
        return json.loads(input_file(path, what).read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no valid JSON ({error}); correct it or make it again") from None


def write_json(path: Path, content: Any) -> None:
    """NaN inside becomes null: JSON has none."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(_without_nan(content), indent=1, allow_nan=False), encoding="utf-8")


def write_text(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_arrays(path: Path, key: str | None = None) -> dict[str, np.ndarray]:
    """Arrays by name; {} where there are none, or (with `key`) of another key."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError):
        return {}
    return arrays if key in (None, str(arrays.pop("key", ""))) else {}


def write_arrays(path: Path, arrays: dict[str, np.ndarray], key: str) -> None:
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, key=np.array(key), **{name: a.astype(np.float32) for name, a in arrays.items()})


def write_video(path: Path, frames: np.ndarray, film: Portrait) -> None:
    """Frames (T, 256, 256, 3) uint8 RGB with the sound of the film, as far as they go."""
    with _sound_file(film, path) as sound, VideoWriter(path, (SIZE, SIZE), film.fps, sound) as writer:
        for frame in frames:
            writer.write(frame)


@contextmanager
def _sound_file(film: Portrait, beside: Path) -> Iterator[Path | None]:
    """The film's sound as a WAV file, for as long as it is needed; None where it has none."""
    if film.sound is None:
        yield None
        return
    path = beside.with_name(f".{beside.stem}.{os.getpid()}.wav")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes((np.clip(film.sound, -1, 1) * 32767).astype("<i2").tobytes())
        yield path
    finally:
        path.unlink(missing_ok=True)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
