"""Speech without a film, labelled by a teacher: one safe file (.npz, no pickles) a lesson."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..foundation.data_files import Expected, read_arrays
from ..foundation.errors import InputError
from ..foundation.files import atomic_path

_EXPECTED = {
    "mels": Expected(("versions", "mel frames", 80), "f", least=0),
    "shape": Expected(("frames", "components"), "f"),
    "heard": Expected(("frames", "features"), "f"),
    "basis": Expected(("components", 204), "f"),
}
_ARRAYS = tuple(_EXPECTED)


@dataclass(frozen=True)
class Lesson:
    """T frames of speech at 62.5 Hz as a teacher hears it.

    name: of the lesson; that of a clip where the lesson is about its sound.
    mels: (V, T, 80) versions of the mel, not normalised, dry and in rooms; none (V = 0) for a clip's lesson.
    shape: (T, K) mouth that the teacher expects, in the face space ``basis`` (K, 204).
    heard: (T, F) features of the teacher, standardised.
    """

    name: str
    mels: np.ndarray
    shape: np.ndarray
    heard: np.ndarray
    basis: np.ndarray


def write_lesson(path: str | os.PathLike[str], lesson: Lesson) -> None:
    """Store a lesson, all but its basis in half precision."""
    arrays = {key: getattr(lesson, key).astype(np.float16) for key in _ARRAYS[:3]}
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, basis=lesson.basis.astype(np.float32), **arrays)


def read_lesson(path: str | os.PathLike[str]) -> Lesson:
    """Read a lesson that `write_lesson` stored; its arrays stay in half precision.

    Raises:
        InputError: the file is missing, damaged or of another kind.
    """
    return Lesson(Path(path).stem, **read_arrays(path, _EXPECTED, "lesson", "prepare it again"))


def read_lessons(folder: str | os.PathLike[str]) -> list[Lesson]:
    """All lessons of a folder in order of name.

    Raises:
        InputError: the folder does not exist or holds no lesson, or one is damaged.
    """
    files = sorted(Path(folder).glob("*.npz")) if Path(folder).is_dir() else []
    if not files:
        raise InputError(f"{folder} holds no lessons (.npz); prepare some with scripts/prepare_lessons.py")
    return [read_lesson(file) for file in files]
