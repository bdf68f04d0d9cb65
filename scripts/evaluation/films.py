"""Talking clips as references: the first frame is the photo, the sound drives, the frames are the truth."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from module1_audio2lmk.audio.waveform import SAMPLE_RATE
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace, align_face, crop_square
from module1_audio2lmk.foundation.face.search import Box, find_faces, mesh_box
from module1_audio2lmk.foundation.files import input_file
from module1_audio2lmk.foundation.media import iter_frames, read_audio
from module2_drawing.util.images import resized

from .judge import Judge, Located

SIZE = 256  # px of the frames that are compared
FPS = Fraction(25)
SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


@dataclass(kw_only=True)
class Portrait:
    """A photo that is drawn in motion: all that most methods look at.

    face: the photo, aligned. fps: frames/s. sound: (N,) float32 at 16 kHz, as long as the frames, or none.
    """

    name: str
    face: AlignedFace
    fps: Fraction = FPS
    sound: np.ndarray | None = None

    @property
    def photo_landmarks(self) -> np.ndarray:
        """(68, 2) float32 px of 256²."""
        return (self.face.landmarks[:, :2] * (SIZE / CROP_SIZE)).astype(np.float32)


@dataclass(kw_only=True)
class Film(Portrait):
    """One talking clip in the frame of its aligned first picture, which is the photo.

    frames: (T, 256, 256, 3) uint8 RGB, the square around the face of the *first* frame, which stays where it
    is.
    """

    path: Path
    box: Box
    frames: np.ndarray
    sound: np.ndarray

    @cached_property
    def located(self) -> Located:
        """The landmarks that the judge finds in the frames, px of 256²."""
        return Judge()(self.frames, np.broadcast_to(self.photo_landmarks, (len(self.frames), 68, 2)))

    def crops(self) -> Iterator[np.ndarray]:
        """The frames once more as (512, 512, 3) crops, decoded anew: memory stays that of one."""
        for frame in islice(iter_frames(self.path, self.fps), len(self.frames)):
            yield crop_square(frame, self.box)

    def view(self, frame: np.ndarray) -> np.ndarray:
        """A picture in the film's own frame, of any size → the 256² square that `frames` show."""
        if frame.shape[1::-1] != self.size:
            smaller = frame.shape[1] > self.size[0]
            frame = cv2.resize(frame, self.size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
        return resized(crop_square(frame, self.box), SIZE)

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of the film itself, px."""
        height, width = next(iter_frames(self.path)).shape[:2]
        return width, height


def load_film(path: str | os.PathLike[str], seconds: float = 0, fps: Fraction | int = FPS) -> Film:
    """Decode a clip with sound, at `fps` frames/s; `seconds` > 0 takes its beginning alone.

    Raises InputError where there is no face in the first frame, no picture or no sound.
    """
    path = input_file(path, "film")
    limit = max(2, round(seconds * fps)) if seconds > 0 else None
    first = next(iter_frames(path))
    face = align_face(first)
    box = mesh_box(find_faces(first)[0])
    frames = [
        resized(crop_square(frame, box), SIZE) for frame in islice(iter_frames(path, Fraction(fps)), limit)
    ]
    if len(frames) < 2:
        raise InputError(f"{path} holds one frame; give a film")
    sound = read_audio(path, SAMPLE_RATE)
    length = round(len(frames) / fps * SAMPLE_RATE)
    return Film(
        name=path.stem,
        path=path,
        box=box,
        frames=np.stack(frames),
        face=face,
        sound=sound[:length],
        fps=Fraction(fps),
    )


def select_films(
    folder: str | os.PathLike[str], listed: str | os.PathLike[str] | None = None, part: str = "validation"
) -> list[Path]:
    """The films of a folder in order of name, or those that a list names.

    listed: text file of one name a line, or a JSON of splits {"validation": [names], …}, of which `part` is
    taken; names with or without suffix. Raises InputError where a name has no film, or there is none at all.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; name the folder of the talking clips")
    films = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES}
    if not films:
        raise InputError(f"{folder} holds no film ({', '.join(SUFFIXES)})")
    if listed is None:
        return list(films.values())
    names = [
        name[: -len(Path(name).suffix)] if name.endswith(SUFFIXES) else name
        for name in read_names(listed, part)
    ]
    missing = [name for name in names if name not in films]
    if missing:
        raise InputError(
            f"{folder} holds no film {', '.join(missing)}, which {listed} names; correct the list"
        )
    if not names:
        raise InputError(f"{listed} names no film; write one name a line")
    return [films[name] for name in dict.fromkeys(names)]


def read_names(listed: str | os.PathLike[str], part: str = "validation") -> list[str]:
    """Names from a text file of one name a line (# starts a comment), or from a part of a JSON of splits.

    Raises InputError where the file is neither.
    """
    try:
        text = input_file(listed, "list of names").read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{listed} is no text; write one name a line") from None
    if not text.lstrip().startswith(("{", "[")):
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        return [line for line in lines if line]
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"{listed} is no valid JSON ({error}); correct it") from None
    if isinstance(content, dict):
        if part not in content:
            raise InputError(f"{listed} has no part {part!r}; it has {', '.join(content)}")
        content = content[part]
    if not isinstance(content, list) or not all(isinstance(name, str) for name in content):
        raise InputError(f"{listed} holds no list of names; write one name a line")
    return content
