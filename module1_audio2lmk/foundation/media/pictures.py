"""Picture sequences: one PNG a frame, in a folder or by a pattern such as name_%05d.png."""

from __future__ import annotations

import os
import re
import shutil
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ..errors import InputError, explain, say, warn
from ..files import clear_leftovers, lock_folder
from .formats import HINT, format_of
from .synthetic import SYNTHETIC
from .writer import VideoWriter

_NUMBER = re.compile(r"%0?\d*d")
_IN_FOLDER = "%05d.png"


class PictureWriter:
    """Frames as PNG, numbered from 1; they appear under their names when all are complete.

    path: a folder, or a name with one %d or %05d in it. An exception inside the `with` leaves no file; what
    killed processes left in the folder is cleared away.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        path = Path(path)
        self._pattern = path if path.suffix else path / _IN_FOLDER
        if path.suffix and (path.suffix.lower() != ".png" or len(_NUMBER.findall(path.name)) != 1):
            raise InputError(f"cannot write {path}: {HINT}")
        if path.suffix == "" and path.exists() and not path.is_dir():
            raise InputError(f"{path} is no folder; name another one for the pictures, or a .mp4")
        self._temporary = self._pattern.parent / f".{path.name.replace('%', '')}.{os.getpid()}.part"
        self._about = PngInfo()
        for key, text in SYNTHETIC.items():
            self._about.add_text(key.capitalize(), text)
        self.frames = 0

    def __enter__(self) -> PictureWriter:
        self._made = [f for f in (self._pattern.parent, *self._pattern.parents) if not f.exists()]
        try:
            self._temporary.mkdir(parents=True)
            self._held = lock_folder(self._temporary)
        except OSError as error:
            raise explain(error, self._pattern.parent) or InputError(
                f"cannot write {self._pattern}"
            ) from None
        clear_leftovers(self._pattern.parent)
        return self

    def write(self, frame: np.ndarray) -> None:
        """Append one frame: (H, W, 3) uint8 RGB, or (H, W, 4) with alpha, not premultiplied."""
        self.frames += 1
        grey = frame.shape[2] == 3 and (frame == frame[..., :1]).all()
        picture = Image.fromarray(np.ascontiguousarray(frame[..., 0] if grey else frame))
        try:
            picture.save(self._temporary / self._name(self.frames), pnginfo=self._about, compress_level=4)
        except OSError as error:
            raise explain(error, self._pattern.parent) or error from None

    def _name(self, number: int) -> str:
        return _NUMBER.sub(lambda place: place[0] % number, self._pattern.name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                if self.frames == 0:
                    raise InputError(f"no frame was drawn for {self._pattern}; give a longer recording")
                for number in range(1, self.frames + 1):
                    name = self._name(number)
                    os.replace(self._temporary / name, self._pattern.with_name(name))
                self._made = []
                further = self._pattern.with_name(self._name(self.frames + 1))
                if further.exists():
                    warn(f"{further} and later pictures are older: this animation has {self.frames} frames")
        finally:
            self._held.close()
            shutil.rmtree(self._temporary, ignore_errors=True)
            for folder in self._made:
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()


def animation_writer(
    path: str | os.PathLike[str],
    size: tuple[int, int] | None,
    fps: Fraction | float = 25,
    audio: str | os.PathLike[str] | None = None,
    transparent: bool = False,
    silence: Fraction | int = 0,
) -> VideoWriter | PictureWriter:
    """The writer of an output by its name: see `VideoWriter` and `PictureWriter`.

    Raises InputError where the name is of no format that is written, or the format lacks transparency.
    """
    path = Path(path)
    pictures = path.suffix == "" or path.suffix.lower() == ".png"
    if audio is not None and (pictures or format_of(path).sound is None):
        say(f"{path.name} holds pictures alone, no sound")
    if pictures:
        return PictureWriter(path)
    return VideoWriter(path, size, fps, audio, transparent=transparent, silence=silence)
