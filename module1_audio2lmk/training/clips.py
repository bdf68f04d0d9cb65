"""Training clips on disk: one safe file (.npz, no pickles) a clip, and the held-out split."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..audio.waveform import HOP
from ..foundation.data_files import Expected, parse_json, read_arrays, read_json, write_arrays
from ..foundation.errors import InputError
from ..foundation.files import write_text
from .coarticulation import Segment

SPLIT_FILE = "split.json"
_ADVICE = "prepare it again"
_EXPECTED = {
    "about": Expected((), "U"),
    "waveform": Expected(("samples",), "i", 32768),
    "landmarks": Expected(("frames", 68, 3), "f", 1e3, spread=0.01),
    "rest": Expected((68, 3), "f", 1e3, spread=0.01),
    "rotation": Expected(("frames", 3), "f", 360),
    "translation": Expected(("frames", 3), "f", 1e3),
    "confidence": Expected(("frames",), "f", 1),
    "speaker_embedding": Expected((256,), "f", 1e3),
}
_ARRAYS = tuple(_EXPECTED)[1:]


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
    kind: "talking" (a video) or "viseme" (synthetic speech; no head motion).
    speaker: name of the voice; clips of one voice share it.
    offset: seconds by which the sound of the video was moved to fit the lips.
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
    write_arrays(path, about=np.array(json.dumps(about)), **arrays)


def read_clip(path: str | os.PathLike[str]) -> Clip:
    """Read a clip that `write_clip` stored. Raises InputError where it is missing, damaged or of another
    kind."""
    arrays = read_arrays(path, _EXPECTED, "training clip", _ADVICE)
    about = _about(str(arrays.pop("about")), path)
    frames, sound = len(arrays["landmarks"]), len(arrays["waveform"])
    if abs(frames - sound // HOP - 1) > 1:
        reason = f"{frames} landmark frames for {sound} samples"
        raise InputError(f"{path} is no training clip or is damaged ({reason}); {_ADVICE}")
    arrays["waveform"] = arrays["waveform"].astype(np.float32) / 32767
    arrays["landmarks"] = arrays["landmarks"].astype(np.float32)
    return Clip(**(about | arrays))


def _about(text: str, path: str | os.PathLike[str]) -> dict[str, Any]:
    """What is no array of a clip, checked."""
    about = parse_json(text, path, "training clip", _ADVICE)
    try:
        segments = [Segment(str(ipa), float(start), float(end)) for ipa, start, end in about["segments"]]
        names = {key: str(about[key]) for key in ("name", "kind", "speaker")}
        offset = float(about["offset"])
        if not np.isfinite([offset, *(time for segment in segments for time in segment[1:])]).all():
            raise ValueError("times that are not finite")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path} is no training clip or is damaged ({error}); {_ADVICE}") from None
    return {**names, "offset": offset, "segments": segments}


def clip_files(folder: str | os.PathLike[str]) -> list[Path]:
    """All clip files of a cache folder in order of name. Raises InputError where the folder does not exist or
    holds no clip."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; prepare clips with scripts/prepare_talking_clips.py")
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise InputError(
            f"{folder} holds no clips (.npz); prepare some with scripts/prepare_talking_clips.py"
        )
    return files


def read_clips(folder: str | os.PathLike[str], named: str = "") -> tuple[list[Clip], list[Clip]]:
    """The clips of a cache folder to train on, and the held-out ones: those `named`, with commas, else those
    of the folder's split. Raises InputError where the folder has no clips, or none of a name."""
    files = clip_files(folder)
    held_out = [name for name in named.split(",") if name] or read_split(folder)
    if unknown := sorted(set(held_out) - {file.stem for file in files}):
        raise InputError(f"held-out clips that are not in {folder}: {', '.join(unknown)}")
    training = [read_clip(file) for file in files if file.stem not in held_out]
    return training, [read_clip(file) for file in files if file.stem in held_out]


def write_split(folder: str | os.PathLike[str], validation: list[str]) -> None:
    """Note the clips of a cache folder that are never trained on."""
    content = json.dumps({"validation": sorted(validation)}, indent=2) + "\n"
    write_text(Path(folder) / SPLIT_FILE, content)


def read_split(folder: str | os.PathLike[str]) -> list[str]:
    """Names of the held-out clips of a cache folder; none where no split was noted. Raises InputError where
    the split file is damaged."""
    path = Path(folder) / SPLIT_FILE
    if not path.exists():
        return []
    names = read_json(path, "split of clips").get("validation")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{path} holds no list of names called validation; write it again")
    return names
