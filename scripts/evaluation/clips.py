"""Talking clips and photos in motion: what methods draw, and what their frames are compared with."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from module1_audio2lmk.audio.waveform import SAMPLE_RATE
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace, align_face, crop_square
from module1_audio2lmk.foundation.face.drive import SIZE, WINDOW
from module1_audio2lmk.foundation.face.geometry import smooth
from module1_audio2lmk.foundation.face.landmark_detector import LandmarkDetector, Located
from module1_audio2lmk.foundation.face.search import Box, find_faces, mesh_box
from module1_audio2lmk.foundation.files import VIDEO_SUFFIXES, by_stem, files_in, input_file
from module1_audio2lmk.foundation.media import iter_frames, read_audio
from module2_drawing.util.images import resized

from .store import read_names

FPS = Fraction(25)


@dataclass(kw_only=True)
class Portrait(ABC):
    """A photo that is drawn in motion: all that most methods look at.

    face: the photo, aligned. fps: frames/s. sound: (N,) float32 at 16 kHz, as long as the frames.
    """

    name: str
    face: AlignedFace
    fps: Fraction = FPS
    sound: np.ndarray

    @property
    def photo_landmarks(self) -> np.ndarray:
        """(68, 2) float32 px of 256²."""
        return (self.face.landmarks[:, :2] * (SIZE / CROP_SIZE)).astype(np.float32)

    @property
    @abstractmethod
    def count(self) -> int:
        """Number of frames."""

    @abstractmethod
    def motion(self) -> np.ndarray:
        """The clip's own motion, on this photo: (T, 68, 2) float32 px of the 512² crop."""

    @abstractmethod
    def references(self, draw: Callable[[AlignedFace], np.ndarray], step: int) -> np.ndarray:
        """Drawings (N, 256, 256, 3) uint8 that set metrics compare with; draw: what draws a face at rest."""


@dataclass(kw_only=True)
class Clip(Portrait):
    """One talking clip in the frame of its aligned first picture, which is the photo.

    frames: (T, 256, 256, 3) uint8 RGB, the square around the face of the *first* frame, which stays where it
    is.
    """

    path: Path
    box: Box
    frames: np.ndarray

    @property
    def count(self) -> int:
        return len(self.frames)

    @cached_property
    def located(self) -> Located:
        """The landmarks found in the frames, px of 256²."""
        near = np.broadcast_to(self.photo_landmarks, (self.count, 68, 2))
        return LandmarkDetector()(self.frames, near)

    @cached_property
    def track(self) -> np.ndarray:
        """(T, 68, 2) float32 px of 256²: the landmarks found in the frames, smoothed."""
        return smooth(self.located.landmarks, WINDOW).astype(np.float32)

    def motion(self) -> np.ndarray:
        """The tracked motion, added to the photo's landmarks."""
        moved = (self.track - self.track[:1]) * (CROP_SIZE / SIZE)
        return (self.face.landmarks[None, :, :2] + moved).astype(np.float32)

    def references(self, draw: Callable[[AlignedFace], np.ndarray], step: int) -> np.ndarray:
        """Every `step`-th frame, drawn by itself."""
        return np.stack([draw(face) for face in islice(self.faces(), 0, None, step)])

    def faces(self) -> Iterator[AlignedFace]:
        """The frames as photos of their own, with the landmarks found in them. InputError where none are."""
        if not self.located.found.any():
            raise InputError(f"no face is found in the frames of {self.path}; take another clip")
        for crop, landmarks in zip(self.crops(), self.located.landmarks, strict=True):
            marks = landmarks * np.float32(CROP_SIZE / SIZE)
            yield replace(self.face, image=crop, landmarks=marks, photo=None, box=None)

    def crops(self) -> Iterator[np.ndarray]:
        """The frames once more as (512, 512, 3) crops, decoded anew: memory stays that of one."""
        for frame in islice(iter_frames(self.path, self.fps), self.count):
            yield crop_square(frame, self.box)


def load_clip(path: str | os.PathLike[str], seconds: float = 0) -> Clip:
    """Decode a clip with sound, at 25 frames/s; `seconds` > 0 takes its beginning alone.

    Raises InputError where there is no face in the first frame, no picture or no sound.
    """
    path = input_file(path, "clip")
    limit = max(2, round(seconds * FPS)) if seconds > 0 else None
    first = next(iter_frames(path))
    face = align_face(first)
    box = mesh_box(find_faces(first)[0])
    frames = [resized(crop_square(frame, box), SIZE) for frame in islice(iter_frames(path, FPS), limit)]
    if len(frames) < 2:
        raise InputError(f"{path} holds one frame; give a clip")
    sound = read_audio(path, SAMPLE_RATE)[: round(len(frames) / FPS * SAMPLE_RATE)]
    return Clip(name=path.stem, face=face, sound=sound, path=path, box=box, frames=np.stack(frames))


def select_clips(folder: str | os.PathLike[str], listed: str | os.PathLike[str] | None = None) -> list[Path]:
    """The clips of a folder and its subfolders in order of name, or those that a list names.

    listed: text file of one name a line, or a JSON of splits {"validation": [names], …}; names with or
    without suffix. Raises InputError where a name has no clip, or there is none at all.
    """
    clips = by_stem(files_in([Path(folder)], VIDEO_SUFFIXES, "clips"))
    if listed is None:
        return list(clips.values())
    names = [Path(name).stem if name.endswith(VIDEO_SUFFIXES) else name for name in read_names(listed)]
    if missing := [name for name in names if name not in clips]:
        raise InputError(
            f"{folder} holds no clip {', '.join(missing)}, which {listed} names; correct the list"
        )
    if not names:
        raise InputError(f"{listed} names no clip; write one name a line")
    return [clips[name] for name in dict.fromkeys(names)]
