"""Outside method: the videos of any other program."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import VIDEO_SUFFIXES
from module1_audio2lmk.foundation.media import iter_frames
from module2_drawing.util.images import resized

from ..clips import SIZE, Clip
from . import Method, Studio


class External(Method):
    """FOLDER/CLIP.mp4 for each clip, of any size and frame rate, showing the square that this project draws
    (the published alignment)."""

    name = "external"
    asked = "clip"

    def __init__(self, studio: Studio, label: str, folder: Path) -> None:
        super().__init__(studio)
        if not folder.is_dir():
            raise InputError(f"no folder {folder}; name the folder with the other program's videos")
        self.label, self._folder = label, folder

    def frames(self, clip: Clip, asked: np.ndarray) -> Iterator[np.ndarray]:
        video, made = self._video(clip.name), 0
        for picture in islice(iter_frames(video, clip.fps), clip.count):
            if picture.shape[0] != picture.shape[1]:
                raise InputError(
                    f"{video} is {picture.shape[1]}×{picture.shape[0]} px, not square; cut the face out of it"
                )
            yield resized(picture, SIZE)
            made += 1
        if made < clip.count:
            raise InputError(
                f"{video} ends after {float(made / clip.fps):.2f} s, {clip.name} has "
                f"{float(clip.count / clip.fps):.2f} s; give its whole output, or fewer --seconds"
            )

    def _video(self, clip: str) -> Path:
        for suffix in VIDEO_SUFFIXES:
            if (path := self._folder / f"{clip}{suffix}").is_file():
                return path
        raise InputError(f"{self._folder} has no video {clip}.mp4; add it or take it off the list")

    def inputs(self, clip: str) -> list[Path]:
        return [self._video(clip)]

    def describe(self) -> dict[str, Any]:
        return {"folder": str(self._folder.resolve())}
