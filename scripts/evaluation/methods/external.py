"""Outside method: the output of any other program, as videos or as folders of frames."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import IMAGE_SUFFIXES, VIDEO_SUFFIXES, files_in
from module1_audio2lmk.foundation.media import iter_frames, read_image
from module2_drawing.util.images import resized

from ..clips import SIZE, Clip
from . import Method, Studio

VIEWS = ("crop", "clip")


class External(Method):
    """FOLDER/CLIP.mp4, or frames FOLDER/CLIP/*.png in order of name, one for each clip.

    view: "crop" where the pictures show the square that this project draws (the published alignment), "clip"
    where they show the whole picture of the clip. fps: rate of folders of frames; None: the clip's.
    """

    name = "external"

    def __init__(
        self,
        studio: Studio,
        label: str,
        folder: Path,
        frames: bool = False,
        view: str = "crop",
        fps: Fraction | None = None,
    ) -> None:
        super().__init__(studio)
        if not folder.is_dir():
            raise InputError(f"no folder {folder}; name the folder with the other program's output")
        self.label, self._folder, self._frames, self._view, self._fps = label, folder, frames, view, fps

    asked = "clip"

    def frames(self, clip: Clip, asked: np.ndarray) -> Iterator[np.ndarray]:
        pictures, rate = (self._of_folder if self._frames else self._of_video)(clip)
        made = 0
        for index, picture in enumerate(pictures):
            # The picture that is shown at the time of each of the clip's frames.
            while made * rate < (index + 1) * clip.fps and made < len(clip.frames):
                yield self._in_square(picture, clip)
                made += 1
        if made < len(clip.frames):
            raise InputError(
                f"{self.source(clip.name)} ends after {float(made / clip.fps):.2f} s, {clip.name} has "
                f"{float(len(clip.frames) / clip.fps):.2f} s; give its whole output, or fewer --seconds"
            )

    def source(self, clip: str) -> Path:
        """The video or folder of a clip. Raises InputError where there is none."""
        if self._frames:
            path = self._folder / clip
            if path.is_dir():
                return path
            raise InputError(f"no folder {path} with the frames of {clip}; add it or take it off the list")
        for suffix in VIDEO_SUFFIXES:
            if (path := self._folder / f"{clip}{suffix}").is_file():
                return path
        raise InputError(f"{self._folder} has no video {clip}.mp4; add it or take it off the list")

    def _of_video(self, clip: Clip) -> tuple[Iterator[np.ndarray], Fraction]:
        return iter_frames(self.source(clip.name), clip.fps), clip.fps

    def _of_folder(self, clip: Clip) -> tuple[Iterator[np.ndarray], Fraction]:
        files = files_in([self.source(clip.name)], IMAGE_SUFFIXES, "pictures")
        return (read_image(path) for path in files), self._fps or clip.fps

    def _in_square(self, picture: np.ndarray, clip: Clip) -> np.ndarray:
        if self._view == "clip":
            return clip.view(picture)
        if picture.shape[0] != picture.shape[1]:
            raise InputError(
                f"the frames of {clip.name} are {picture.shape[1]}×{picture.shape[0]} px, not square; "
                "use --view clip if they show the clip's whole picture"
            )
        if min(picture.shape[:2]) < SIZE:
            return cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        return resized(picture, SIZE)

    def inputs(self, clip: str) -> list[Path]:
        source = self.source(clip)
        return sorted(source.iterdir()) if self._frames else [source]

    def describe(self) -> dict[str, Any]:
        return {"folder": str(self._folder.resolve()), "frames": self._frames, "view": self._view}
