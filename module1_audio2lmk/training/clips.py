"""Training clips on disk: one safe file (.npz, no pickles) a clip, and the held-out split."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ..foundation.errors import InputError
from ..foundation.files import atomic_path, input_file
from .coarticulation import Segment

SPLIT_FILE = "split.json"
_ARRAYS = ("waveform", "landmarks", "rest", "rotation", "translation", "confidence", "speaker_embedding")


@dataclass(frozen=True)
class Clip:
    """Speech and the face that goes with it, at 62.5 Hz.

    waveform: (N,) float32, 16 kHz, [-1, 1].
    landmarks: (T, 68, 3) float32, normalised units, head pose taken out; frame k belongs to sample 256 k.
    rest: (68, 3) float32, the same face with its mouth closed.
    rotation: (T, 3) float32, yaw, pitch, roll in degrees about the clip's mean pose.
    translation: (T, 3) float32, place of the head about the clip's mean, in normalised units.
    confidence: (T,) float32 in [0, 1], how far the tracking is to be trusted.
    speaker_embedding: (256,) float32 of unit length, `voice.NEUTRAL_VOICE` without a speaker encoder.
    kind: "talking" (a film) or "viseme" (synthetic speech; no head motion).
    speaker: name of the voice; clips of one voice share it.
    offset: seconds by which the sound of the film was moved to fit the lips.
    segments: the sounds of synthetic speech.
    """

    name: str
    waveform: np.ndarray
    landmarks: np.ndarray
    rest: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    confidence: np.ndarray
    speaker_embedding: np.ndarray
    kind: str = "talking"
    speaker: str = ""
    offset: float = 0.0
    segments: list[Segment] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return len(self.waveform) / 16000


def write_clip(path: str | os.PathLike[str], clip: Clip) -> None:
    """Store a clip, sound in 16 bits, landmarks in half precision (error below 5e-4)."""
    about = {key: value for key, value in asdict(clip).items() if key not in _ARRAYS}
    arrays = {key: getattr(clip, key) for key in _ARRAYS}
    arrays["waveform"] = np.round(np.clip(clip.waveform, -1, 1) * 32767).astype(np.int16)
    arrays["landmarks"] = clip.landmarks.astype(np.float16)
    arrays = {
        key: value.astype(np.float32) if value.dtype == np.float64 else value for key, value in arrays.items()
    }
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)


def read_clip(path: str | os.PathLike[str]) -> Clip:
    """Read a clip that `write_clip` stored.

    Raises:
        InputError: the file is missing, damaged or of another kind.
    """
    path = input_file(path, "clip")
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            arrays = {key: file[key] for key in _ARRAYS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is no training clip or is damaged ({error}); prepare it again") from None
    arrays["waveform"] = arrays["waveform"].astype(np.float32) / 32767
    arrays["landmarks"] = arrays["landmarks"].astype(np.float32)
    about["segments"] = [Segment(*segment) for segment in about["segments"]]
    return Clip(**about, **arrays)


def clip_files(folder: str | os.PathLike[str]) -> list[Path]:
    """All clip files of a cache folder in order of name.

    Raises:
        InputError: the folder does not exist or holds no clip.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; prepare clips with scripts/prepare_talking_clips.py")
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise InputError(
            f"{folder} holds no clips (.npz); prepare some with scripts/prepare_talking_clips.py"
        )
    return files


def write_split(folder: str | os.PathLike[str], validation: list[str]) -> None:
    """Note the clips of a cache folder that are never trained on."""
    content = json.dumps({"validation": sorted(validation)}, indent=2) + "\n"
    with atomic_path(Path(folder) / SPLIT_FILE) as temporary:
        temporary.write_text(content, encoding="utf-8")


def read_split(folder: str | os.PathLike[str]) -> list[str]:
    """Names of the held-out clips of a cache folder; none where no split was noted.

    Raises:
        InputError: the split file is damaged.
    """
    path = Path(folder) / SPLIT_FILE
    if not path.exists():
        return []
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["validation"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error}); write it again") from None
    return [str(name) for name in names]
