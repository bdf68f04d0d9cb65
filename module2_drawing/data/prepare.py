"""Portraits in the training layout: the aligned picture and everything that lies beside it, written."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.face_mesh import FaceMesh
from module1_audio2lmk.foundation.files import atomic_path, write_text
from module1_audio2lmk.foundation.media import read_image, write_image

from ..geometry.warping import landmark_maps
from ..rendering.matte import Matte
from ..rendering.static_drawing import StaticDrawing
from .layout import PARTS, Layout, read_landmarks, write_landmarks
from .masks import part_mask

MAP_RADIUS = 5  # px of the 512² landmark images


class PortraitWriter:
    """Files of one data folder and style. A portrait's landmarks are written last: they say it is complete.

    root: the folder that holds Photo/, Drawing/ and so on. draw: make static drawings; without it there is
    no need of a renderer or network for the style. static_weights: a static network trained here that draws.
    renderer: the style whose renderer draws, where `style` has none of its own.
    """

    def __init__(
        self,
        root: Path,
        style: str,
        checkpoints_dir: str | os.PathLike[str] = "checkpoints",
        draw: bool = True,
        static_weights: str | os.PathLike[str] | None = None,
        renderer: str | None = None,
    ) -> None:
        self.root, self.layout, self.draws = root, Layout(style), draw
        self._checkpoints, self._weights = checkpoints_dir, static_weights
        self._renderer = renderer or style

    @cached_property
    def _matte(self) -> Matte:
        return Matte(self._checkpoints, torch.device("cpu"))

    @cached_property
    def _static(self) -> StaticDrawing:
        return StaticDrawing(self._renderer, self._checkpoints, torch.device("cpu"), self._weights)

    @cached_property
    def _detector(self) -> FaceMesh:
        return FaceMesh(max_faces=1)

    def photo_path(self, name: str) -> Path:
        """name: SET/stem, or CLIP/frame."""
        return self.root / "Photo" / f"{name}.png"

    def drawing_path(self, name: str) -> Path:
        return self.root / self.layout.drawing_folder / f"{name}.png"

    def has_photo(self, name: str) -> bool:
        photo = self.photo_path(name)
        drawn = not self.draws or self.layout.static(photo).is_file()
        return drawn and self.layout.landmarks(photo).is_file()

    def has_drawing(self, name: str) -> bool:
        return self.layout.landmarks(self.drawing_path(name)).is_file()

    def write_photo(
        self, name: str, image: np.ndarray, landmarks: np.ndarray, mesh: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Photo (512, 512, 3) uint8 RGB, landmarks (68, 2 or 3) px → its files; returns the drawing.

        What is there already, made for another style, stays; only the drawing is added then.
        mesh: dense mesh (468, 3) px; found anew where it is not given.
        """
        photo, drawing = self.photo_path(name), None
        if self.draws:
            drawing = self._static.large(image)
            write_image(self.layout.static(photo), drawing)
        if not self.layout.landmarks(photo).is_file():
            self._write_parts(photo, image, landmarks, mesh)
        return drawing

    def stored(self, name: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Photo (512, 512, 3) uint8 RGB and landmarks (68, 2) px as written before, for any style."""
        photo = self.photo_path(name)
        marks = self.layout.landmarks(photo)
        return (read_image(photo), read_landmarks(marks)) if marks.is_file() else None

    def _write_parts(
        self, photo: Path, image: np.ndarray, landmarks: np.ndarray, mesh: np.ndarray | None
    ) -> None:
        write_image(photo, image)
        write_image(self.layout.matte(photo), np.round(self._matte(image) * 255).astype(np.uint8))
        mesh = next(iter(self._detector(image)), None) if mesh is None else mesh
        if mesh is not None:
            with atomic_path(self.layout.mesh(photo)) as temporary:
                np.save(temporary, mesh.astype(np.float32))
        self._write_marks(photo, landmarks, image.shape)

    def write_drawing(self, name: str, drawing: np.ndarray, landmarks: np.ndarray) -> None:
        """A drawing (512, 512[, 3]) uint8 and its landmarks px → its files, as an example of the style."""
        path = self.drawing_path(name)
        write_image(path, drawing)
        self._write_marks(path, landmarks, drawing.shape)

    def draw(self, image: np.ndarray) -> np.ndarray:
        """The style's drawing of a photo (512, 512, 3) uint8."""
        return self._static.large(image)

    def _write_marks(self, path: Path, landmarks: np.ndarray, shape: tuple[int, ...]) -> None:
        points = np.asarray(landmarks, np.float32)[:, :2]
        for part in PARTS:
            write_image(self.layout.mask(path, part), part_mask(points, part, (shape[1], shape[0])))
        dots = landmark_maps(torch.from_numpy(points)[None], shape[0], MAP_RADIUS)[0, 0].numpy()
        write_image(self.layout.beside(path, "Alm/MTCNN", "Blm/MTCNN"), ((dots + 1) * 127.5).astype(np.uint8))
        with atomic_path(self.layout.landmarks(path)) as temporary:
            write_landmarks(temporary, points)


def can_draw(style: str, checkpoints_dir: str | os.PathLike[str]) -> bool:
    """True where the style has a renderer or a static network."""
    try:
        StaticDrawing(style, checkpoints_dir, torch.device("cpu"))
    except InputError:
        return False
    return True


def write_lists(folder: Path, kind: str, name: str, held_out: Mapping[Path, bool]) -> None:
    """FOLDER/trainKIND/NAME.txt, and valKIND of what is held out: absolute paths, one a line, sorted."""
    for phase, wanted in (("train", False), ("val", True)):
        lines = sorted(f"{path.resolve()}\n" for path, held in held_out.items() if held == wanted)
        if lines:
            write_text(folder / f"{phase}{kind}" / f"{name}.txt", "".join(lines))
