"""Layered rendering at any size: the photo's drawing moved, a mouth and paint over it, the background below.

What only moves is never drawn again: the static drawing is resampled once a frame, at the size of the frame.
What no motion shows (the inside of a mouth, folds, shut lids) is painted at 256² by a small network, in the
window of the face alone, and enlarged: paint may be soft. All but that network is NumPy and OpenCV.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace
from module1_audio2lmk.foundation.face.geometry import LIPS, mouth_opening

from ..geometry.lattice_motion import UNIT, PhotoMotion, places
from ..util.images import resized
from .backends import SIZE, PathLike
from .continuation import continued
from .filling import BLUR_TAIL, filled_uint8
from .matte import MATTE_THRESHOLD, Matte, of_the_face
from .mouth import line_strength, lips_continued, mouth_overlay
from .static_drawing import StaticDrawing
from .window import Window

if TYPE_CHECKING:
    import torch

    from .paint import Painter

MATTE_MARGIN = 4  # px of 256 by which the matte is widened: outlines belong to the person
SOFT_EDGE = 1.0  # σ px of 256 of the blur of the matte's edge
MOUTH_ROOM = 8  # px of 256 around the lips, of the square that the mouth is drawn in
SOURCE_SIZE = 512  # px of the drawing that smaller frames are sampled from, which keeps their lines crisp


@dataclass(frozen=True)
class PhotoLayers:
    """What depends on the photo alone, once.

    drawing: (D, D[, 3]) uint8, the static drawing that is moved, D ≥ S; shut: the same with lips in the
    place of teeth, or None where the photo shows none; background: (S, S[, 3]) uint8, the drawing with
    the person filled in from around; mask: (256, 256) float32 in [0, 1]; landmarks: (68, 2) px of 256.
    """

    drawing: np.ndarray
    shut: np.ndarray | None
    background: np.ndarray
    mask: np.ndarray
    landmarks: np.ndarray


class LayeredRenderer:
    """Draws one photo with any number of target landmarks, in frames of `size` px.

    paint: draws what no motion shows; None where the style has no such weights. descriptions: a line each on
    what is in use.
    """

    def __init__(
        self,
        renderer: str,
        checkpoints_dir: PathLike,
        device: torch.device | str,
        size: int,
        paint: Painter | None,
    ) -> None:
        self.size, self._paint = size, paint
        self._photo: PhotoLayers | None = None
        self._matte = Matte(checkpoints_dir, device)
        self._static = StaticDrawing(renderer, checkpoints_dir, device)
        drawn = paint.description if paint else f"drawing: the moved static drawing, {renderer}"
        self.descriptions = [drawn, *(part.description for part in (self._matte, self._static))]

    def prepare(self, face: AlignedFace) -> None:
        """Compute what depends on the photo alone."""
        size = self.size
        drawing = self._static.at(continued(*face.crop(max(size, SOURCE_SIZE))), max(size, SOURCE_SIZE))
        landmarks = np.asarray(face.landmarks[:, :2], np.float32) * np.float32(UNIT / CROP_SIZE)
        image = continued(face.image, face.visible)
        mask = (of_the_face(self._matte(image), landmarks) > MATTE_THRESHOLD).astype(np.uint8)
        mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * MATTE_MARGIN + 1,) * 2))
        shows_teeth = line_strength(mouth_opening(landmarks), 0) > 0
        scale = len(drawing) / UNIT
        self._photo = PhotoLayers(
            drawing,
            lips_continued(drawing, (landmarks + 0.5) * scale - 0.5) if shows_teeth else None,
            background(cv2.resize(drawing, (size, size), interpolation=cv2.INTER_AREA), mask),
            soft_edge(mask),
            landmarks,
        )
        self._motion = PhotoMotion(landmarks)
        if self._paint:
            self._paint.prepare(resized(image, SIZE), landmarks)

    def frames(self, targets: np.ndarray) -> Iterator[np.ndarray]:
        """(T, 68, 2) px of 256 → T frames (size, size, 3) uint8 RGB."""
        if self._photo is None:
            raise RuntimeError("prepare() a photo before asking for frames")
        for target in targets:
            frame = self.frame(target)
            yield frame if frame.ndim == 3 else cv2.cvtColor(frame, cv2.COLOR_GRAY2RGB)

    def frame(self, target: np.ndarray) -> np.ndarray:
        """A frame (size, size[, 3]) uint8, by stages: motion, moved drawing, mouth, paint, background."""
        photo, size = self._photo, self.size
        target = self._motion.parted(target)
        flow = self._motion.flow(target)
        moved = self._moved_drawing(flow, target)
        draw_mouth(moved, mouth_opening(photo.landmarks), target)
        if self._paint:
            self._paint.paint(moved, flow, target)
        mask = cv2.remap(photo.mask, places(flow, UNIT), None, cv2.INTER_LINEAR)
        mask = cv2.resize(mask, (size, size), interpolation=cv2.INTER_LINEAR)
        return cv2.blendLinear(moved, photo.background, mask, 1 - mask)

    def _moved_drawing(self, flow: np.ndarray, target: np.ndarray) -> np.ndarray:
        """The static drawing, resampled once; its teeth give way to the lips' colour where these shut."""
        photo, drawing = self._photo, self._photo.drawing
        share = line_strength(mouth_opening(photo.landmarks), mouth_opening(target))
        if share > 0 and photo.shut is not None:
            drawing = cv2.addWeighted(photo.shut, share, drawing, 1 - share, 0)
        # A drawing larger than the frame is sampled between its pixels and stays crisp; one of its size would
        # lose contrast by the mean of two pixels, and is sampled cubic.
        kind = cv2.INTER_LINEAR if drawing.shape[0] > self.size else cv2.INTER_CUBIC
        place = places(flow, self.size, drawing.shape[0])
        return cv2.remap(drawing, place, None, kind, borderMode=cv2.BORDER_REPLICATE)


def background(drawing: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A drawing (S, S[, 3]) uint8 with the person, mask (256, 256) uint8 in {0, 1}, filled in from around."""
    size = len(drawing)
    side = min(size, SOURCE_SIZE)  # what is made up may be soft, and filling in is slow
    small = cv2.resize(drawing, (side, side), interpolation=cv2.INTER_AREA)
    hole = cv2.resize(mask, (side, side), interpolation=cv2.INTER_NEAREST)
    filled = cv2.resize(
        filled_uint8(small, hole, 3.0 * side / UNIT), (size, size), interpolation=cv2.INTER_CUBIC
    )
    hole = cv2.resize(mask, (size, size), interpolation=cv2.INTER_NEAREST)
    return np.where(hole.reshape(hole.shape + (1,) * (drawing.ndim - 2)) > 0, filled, drawing)


def soft_edge(mask: np.ndarray) -> np.ndarray:
    """A mask (256, 256) in {0, 1} with a blurred edge, float32, without the blur's tails: see `softened`."""
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), SOFT_EDGE)
    return np.clip((blurred - BLUR_TAIL) / (1 - 2 * BLUR_TAIL), 0, 1)


def draw_mouth(drawing: np.ndarray, source_opening: float, target: np.ndarray) -> None:
    """Draw the inside of an opening mouth, or the line of one that shuts over teeth, into (S, S[, 3]) uint8.

    target: (68, 2) px of 256; source_opening: as of `mouth_overlay`.
    """
    size = drawing.shape[0]
    window = Window.around(target[list(LIPS)], MOUTH_ROOM, size)
    part = drawing[window.rows, window.columns]
    if 0 in part.shape[:2]:
        return
    channels = 1 if drawing.ndim == 2 else 3
    points = (target + 0.5) * (size / UNIT) - 0.5 - (window.left, window.top)
    mouth, opacity = mouth_overlay(source_opening, points, window.side, channels, size)
    rows, columns = part.shape[:2]
    if not opacity.any():
        return
    opacity = np.ascontiguousarray(opacity[0, :rows, :columns])
    colour = np.rint((mouth[:, :rows, :columns] + 1) * 127.5).astype(np.uint8).transpose(1, 2, 0)
    colour = np.ascontiguousarray(colour.reshape(part.shape))
    drawing[window.rows, window.columns] = cv2.blendLinear(
        colour, np.ascontiguousarray(part), opacity, 1 - opacity
    )
