"""Subjects: talking clips, and photos moved as their heads move, with the group that each belongs to."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from module1_audio2lmk.foundation.data_files import read_lines
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace, align_face
from module1_audio2lmk.foundation.face.retarget import driven
from module1_audio2lmk.foundation.media import read_image
from module2_drawing.rendering.continuation import continued
from scripts.prepare_portraits import images_in, is_validation

from .clips import SIZE, Clip, Portrait, load_clip
from .store import read_names

#: The group of photos that no prefix fits.
OTHERS = "others"
Grouping = Callable[[str], str]


@dataclass(kw_only=True)
class MovedPhoto(Portrait):
    """A photo that is to move as a clip does. clip: None where only its static drawing is needed."""

    clip: Clip | None

    @property
    def count(self) -> int:
        return self.clip.count if self.clip else 0

    def motion(self) -> np.ndarray:
        """The clip's motion, carried from its frame in which head and face are most as in the photo."""
        assert self.clip is not None
        return (driven(self.photo_landmarks, self.clip.track) * (CROP_SIZE / SIZE)).astype(np.float32)

    def references(self, draw: Callable[[AlignedFace], np.ndarray], step: int) -> np.ndarray:
        """The static drawing alone."""
        return draw(self.face)[None]


@dataclass(frozen=True)
class Subject:
    """What is evaluated: a talking clip, or a photo that is to move as one does.

    photo: its file, or the clip itself. clip: what moves it; None where nothing does, and its static drawing
    alone is one of the references. group: "" where there are no groups.
    """

    name: str
    photo: Path
    clip: Path | None
    group: str = ""

    @property
    def is_clip(self) -> bool:
        return self.photo == self.clip

    @property
    def files(self) -> list[Path]:
        """What frames depend on besides the method."""
        return [file for file in (self.photo, self.clip) if file]

    def load(self, seconds: float) -> Portrait:
        """All methods see the same picture, without the line that the edge of a photo would be drawn as."""
        if self.is_clip:
            return load_clip(self.photo, seconds)
        face = align_face(read_image(self.photo), face=1)
        face = replace(face, image=continued(face.image, face.visible), visible=AlignedFace.visible)
        clip = moving_clip(self.clip, seconds) if self.clip else None
        sound = clip.sound if clip else np.zeros(0, np.float32)
        return MovedPhoto(name=self.name, face=face, clip=clip, sound=sound)


@lru_cache(maxsize=16)
def moving_clip(path: Path, seconds: float) -> Clip:
    """A clip whose motion photos are given; it is decoded and followed once in each process."""
    return load_clip(path, seconds)


def find_photos(folder: Path, listed: Path | None, share: float, grouping: Grouping) -> list[Subject]:
    """The photos of a folder that a list names, else those that `prepare_portraits.py` holds out.

    share: of all photos that is held out, 1 for all. Raises InputError where a name has no photo, or there is
    none at all.
    """
    found = images_in([folder])
    if listed is not None:
        names = [Path(name).stem if name not in found else name for name in read_names(listed)]
        if missing := [name for name in names if name not in found]:
            raise InputError(f"{folder} holds no photo {', '.join(missing)}, which {listed} names")
    else:
        names = [name for name in found if is_validation(name, share)]
    if not names and listed is not None:
        raise InputError(f"{listed} names no photo; write one name a line")
    if not names:
        raise InputError(f"no photo of {folder} is held out with a share of {share:g}; give --photos FILE")
    return [Subject(name, found[name], None, grouping(name)) for name in dict.fromkeys(names)]


def groups_of(text: str | None) -> Grouping:
    """How names become groups.

    None: the name without its number ("female_asian_012" is of "female_asian"). "none": no groups. A file:
    "NAME GROUP" a line. Else prefixes with commas; the longest that fits counts. InputError for a bad file.
    """
    if text is None:
        return lambda name: re.sub(r"[-_ ]*\d+$", "", name) or OTHERS
    if text == "none":
        return lambda name: ""
    if Path(text).is_file():
        table = _read_groups(Path(text))
        return lambda name: table.get(name, OTHERS)
    prefixes = sorted((part.strip() for part in text.split(",") if part.strip()), key=len, reverse=True)
    if not prefixes:
        raise InputError("--groups is empty; give prefixes with commas, a file, or none")
    return lambda name: next((prefix for prefix in prefixes if name.startswith(prefix)), OTHERS)


def in_motion(photos: list[Subject], clips: list[Path], limit: int = 0, seed: int = 0) -> list[Subject]:
    """`limit` of the photos, 0 for all, as evenly over the groups as they go, each with a clip.

    The n-th photo of every group has the same clip, so that groups can be compared.
    """
    placed: list[tuple[int, Subject]] = []
    of_group: Counter[str] = Counter()
    for photo in sorted(photos, key=lambda photo: (photo.group, photo.name)):
        placed.append((of_group[photo.group], photo))
        of_group[photo.group] += 1
    placed.sort(key=lambda pair: pair[0])  # first the first of each group, then the second of each, …
    chosen = placed[:limit] if limit > 0 else placed
    return [replace(photo, clip=clips[(seed + place) % len(clips)]) for place, photo in chosen]


def _read_groups(path: Path) -> dict[str, str]:
    pairs = [line.split(maxsplit=1) for line in read_lines(path, "file of groups")]
    if any(len(pair) != 2 for pair in pairs):
        raise InputError(f"{path} has a line that is not NAME GROUP; correct it")
    return dict(pairs)
