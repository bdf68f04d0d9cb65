"""Drawing at rest: a photo as a style draws it, with the lines that it lacks and without those too many.

Every frame is this drawing, moved; what frames are compared with is drawn so, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace

from ..geometry.lattice_motion import UNIT
from .backends import PathLike
from .continuation import continued
from .dark_glasses import dark_lenses, drawn, placed
from .eye_contrast import clear_eyes
from .lip_lines import parted, shows_teeth
from .matte import MATTE_THRESHOLD, Matte, of_the_face
from .moustache import fill_moustache
from .nose_contrast import clear_nose
from .silhouette import outlined
from .static_drawing import StaticDrawing
from .surroundings import faded, quietened

if TYPE_CHECKING:
    import torch

SOURCE_SIZE = 512  # px of the drawing that smaller frames are sampled from, which keeps their lines crisp


@dataclass(frozen=True)
class AtRest:
    """A photo, drawn.

    drawing: (D, D[, 3]) uint8; mask: (256, 256) uint8 in {0, 1}, the person; image: (512, 512, 3) uint8 RGB,
    the photo, continued beyond its edge; landmarks: (68, 2) px of 256; teeth: whether the drawing leaves
    those that the photo shows as paper, see `lip_lines`.
    """

    drawing: np.ndarray
    mask: np.ndarray
    image: np.ndarray
    landmarks: np.ndarray
    teeth: bool


class DrawingAtRest:
    """Draws faces in one style. descriptions: a line each on what is in use."""

    def __init__(self, renderer: str, checkpoints_dir: PathLike, device: torch.device | str) -> None:
        self.matte = Matte(checkpoints_dir, device)
        self.static = StaticDrawing(renderer, checkpoints_dir, device)
        self.descriptions = [self.matte.description, self.static.description]

    def __call__(self, face: AlignedFace, size: int = SOURCE_SIZE) -> AtRest:
        """The crop of a face, drawn at size² px."""
        photo = continued(*face.crop(size))
        lenses = placed(dark_lenses(face.image, face.landmarks), photo.shape, 0, 0, size)
        marks = (face.landmarks[:, :2] + 0.5) * (size / CROP_SIZE) - 0.5
        drawing = drawn(self.clear(photo, marks), lenses, lambda seen: self.static.at(seen, size))
        return self.completed(face, drawing)

    def clear(self, photo: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """A photo (H, W, 3) uint8 as a style needs it, one in lines most; landmarks: (68, 2) px of it."""
        style = self.static.style
        if style is None:
            return photo
        photo = clear_nose(photo, landmarks)
        if style.outline is None:
            return photo
        photo = clear_eyes(photo, landmarks)
        return fill_moustache(photo, landmarks) if style.fills else photo

    def completed(self, face: AlignedFace, drawing: np.ndarray, quiet: bool = True) -> AtRest:
        """What the style has drawn of a face's crop, (D, D[, 3]) uint8, with what it lacks.

        quiet: whether what is behind the person is drawn in few lines, too.
        """
        landmarks = np.asarray(face.landmarks[:, :2], np.float32) * np.float32(UNIT / CROP_SIZE)
        image = continued(face.image, face.visible)
        mask = (of_the_face(self.matte(image), landmarks) > MATTE_THRESHOLD).astype(np.uint8)
        style, teeth = self.static.style, False
        if style and style.outline and quiet:
            drawing = (quietened if style.fills else faded)(drawing, mask)
        if style and style.outline:
            if teeth := shows_teeth(image, landmarks):
                drawing = parted(drawing, image, landmarks, style.outline)
            drawing = outlined(drawing, image, landmarks, mask, style.outline)
        return AtRest(drawing, mask, image, landmarks, teeth)
