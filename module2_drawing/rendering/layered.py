"""Layered rendering at any size: the photo's drawing moved, a mouth and lids over it, the background below.

What only moves is never drawn again: the static drawing is resampled once a frame, at the size of the frame.
What no motion shows, the inside of a mouth and shut lids, is drawn over it. All of it is NumPy and OpenCV.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.geometry import LIPS, mouth_opening

from ..geometry.eyelids import opened
from ..geometry.lattice_motion import UNIT, PhotoMotion, places
from .at_rest import SOURCE_SIZE, AtRest, DrawingAtRest
from .backdrop import PAPER_GREY, Backdrop, coloured, disc, unmixed
from .backends import PathLike
from .bare_lips import bare_lips, painted, with_bare_lips
from .dark_glasses import dark_lenses
from .eyelids import Eyelids
from .filling import BLUR_TAIL, filled_uint8
from .glasses import wears_glasses
from .mouth import mouth_overlay
from .open_lips import OpenLips, draw_opened, open_lips
from .oral_cavity import OralCavity
from .oral_cavity import drawn as drawn_cavity
from .window import Window

if TYPE_CHECKING:
    import torch

MATTE_MARGIN = 4  # px of 256 by which the matte is widened: outlines belong to the person
CUT_OUT_MARGIN = {2: 2, 3: 0}  # the same by the drawing's dimensions, before another backdrop than its own
SOFT_EDGE = 1.0  # σ px of 256 of the blur of the matte's edge
MOUTH_ROOM = 8  # px of 256 around the lips, of the square that the mouth is drawn in


@dataclass(frozen=True)
class PhotoLayers:
    """What depends on the photo alone, once.

    size: S, px of a frame's side; drawing: (D, D[, 3]) uint8, the static drawing that is moved, D ≥ S; bare:
    its `bare_lips`; ink: `near_ink` of both, or None where all is resampled; background: what is behind the
    person, (S, S[, 3]) uint8: the drawing filled in from around, paper or an image, or None; mask: (256, 256)
    float32 in [0, 1]; landmarks: (68, 2) px of 256; lips: those of a drawing in lines that are open.
    """

    size: int
    drawing: np.ndarray
    bare: np.ndarray
    ink: np.ndarray | None
    background: np.ndarray | None
    mask: np.ndarray
    landmarks: np.ndarray
    lips: OpenLips | None = None


class LayeredRenderer:
    """Draws one photo with any number of target landmarks, in frames of `size` px.

    descriptions: a line each on what is in use.
    """

    def __init__(
        self,
        renderer: str,
        checkpoints_dir: PathLike,
        device: torch.device | str,
        size: int,
        backdrop: Backdrop,
    ) -> None:
        self.size, self._backdrop = size, backdrop
        self._still: np.ndarray | None = None
        self._photo: PhotoLayers | None = None
        self.at_rest = DrawingAtRest(renderer, checkpoints_dir, device)
        self.descriptions = [f"drawing: the moved static drawing, {renderer}", *self.at_rest.descriptions]

    def prepare(self, face: AlignedFace) -> None:
        """Compute what depends on the photo alone."""
        self.take(face, self.at_rest(face, max(self.size, SOURCE_SIZE)), self.size)

    def take(self, face: AlignedFace, rest: AtRest, size: int, still: np.ndarray | None = None) -> None:
        """The same with the face's drawing at rest and frames of `size` px.

        still: (256, 256, 1) in [0, 1], the share of the motion that each place takes part in.
        """
        drawing, landmarks = rest.drawing, rest.landmarks
        keeps, behind = self._backdrop.keeps, None
        mask = cv2.dilate(rest.mask, disc(MATTE_MARGIN if keeps else CUT_OUT_MARGIN[drawing.ndim]))
        if keeps:
            behind = background(cv2.resize(drawing, (size, size), interpolation=cv2.INTER_AREA), mask)
        else:
            cut = cv2.resize(mask, drawing.shape[:2], interpolation=cv2.INTER_NEAREST)
            drawing = unmixed(drawing, cut, len(drawing) / UNIT)
            behind = self._backdrop.picture(size, size)
        scale = len(drawing) / UNIT
        self._still = still
        marks, style = (landmarks + 0.5) * scale - 0.5, self.at_rest.static.style
        bare = bare_lips(drawing, marks)
        self.cavity: OralCavity | None = None
        if drawing.ndim == 3:

            def draw(picture: np.ndarray) -> np.ndarray:
                return style.draw(picture, len(drawing)) if style else picture

            self.cavity = drawn_cavity(rest.image, drawing, landmarks, draw)
            if style:
                bare = painted(bare, drawing, rest.image, marks, draw)
        ink = near_ink(drawing, bare) if drawing.ndim == 2 and len(drawing) == size else None
        lips = open_lips(drawing, landmarks, rest.teeth) if drawing.ndim == 2 else None
        self._photo = PhotoLayers(size, drawing, bare, ink, behind, soft_edge(mask), landmarks, lips)
        self.glasses = wears_glasses(face.image, face.landmarks)
        self._motion = PhotoMotion(landmarks, glasses=self.glasses)
        hidden = dark_lenses(face.image, face.landmarks) is not None
        self.eyelids = None if hidden else Eyelids(drawing, landmarks)

    @property
    def photo(self) -> PhotoLayers:
        """What `prepare` computed."""
        if self._photo is None:
            raise RuntimeError("prepare() a photo before asking for frames")
        return self._photo

    def frames(self, targets: np.ndarray) -> Iterator[np.ndarray]:
        """(T, 68, 2) px of 256 → T frames (size, size, 3) uint8 RGB, or RGBA where nothing is behind."""
        for target in targets:
            person, mask = self.person(target)
            if self._backdrop.keeps:
                yield coloured(self.before_background(person, mask))
            else:
                yield self._backdrop.behind(person, mask, self.photo.background)

    def person(self, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The person moved, (size, size[, 3]) uint8, and where it is opaque, (size, size) float32 in [0, 1].

        By stages: motion, moved drawing, lids, mouth, matte.
        """
        photo, size = self.photo, self.photo.size
        awake, target = opened(photo.landmarks, target), self._motion.parted(target)
        flow = self._motion.flow(awake)
        if self._still is not None:
            flow = flow * self._still
        place = places(flow, size, photo.drawing.shape[0])
        opened_lips = photo.lips.moved(place, target, len(photo.drawing)) if photo.lips else ()
        moved = self._moved_drawing(place, target)
        if opened_lips:
            draw_opened(moved, opened_lips)
        if self.eyelids:
            self.eyelids.shut(moved, place, awake, target)
        draw_mouth(moved, float(mouth_opening(photo.landmarks)), target, self.cavity, photo.lips is not None)
        # Beyond the edge of the crop the person goes on, as the drawing does.
        mask = cv2.remap(
            photo.mask, places(flow, UNIT), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return moved, cv2.resize(mask, (size, size), interpolation=cv2.INTER_LINEAR)

    def before_background(self, person: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """What `person` returned over the drawing's own background: (size, size[, 3]) uint8."""
        return cv2.blendLinear(person, self.photo.background, mask, 1 - mask)

    def _moved_drawing(self, place: np.ndarray, target: np.ndarray) -> np.ndarray:
        """The static drawing, resampled once; what is between its lips gives way where these shut or part."""
        photo, drawing = self.photo, self.photo.drawing
        before, now = (float(mouth_opening(marks)) for marks in (photo.landmarks, target))
        marks = (photo.landmarks + 0.5) * (len(drawing) / UNIT) - 0.5
        own = self.cavity is not None and self.cavity.own
        drawing = with_bare_lips(drawing, photo.bare, marks, (before, now), photo.lips is not None, own)
        # A drawing larger than the frame is sampled between its pixels and stays crisp; one of its size would
        # lose contrast by the mean of two pixels, and is sampled cubic.
        if photo.ink is not None:
            return ink_moved(drawing, photo.ink, place)
        kind = cv2.INTER_LINEAR if drawing.shape[0] > photo.size else cv2.INTER_CUBIC
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


def near_ink(*drawings: np.ndarray) -> np.ndarray:
    """Where drawings in lines (D, D) uint8 are not paper alone in the 4×4 px that a cubic sample is made of:
    (D, D) uint8 in {0, 1}, at the px before the sample."""
    ink = np.any([drawing != PAPER_GREY for drawing in drawings], 0)
    return cv2.dilate(ink.astype(np.uint8), np.ones((4, 4), np.uint8), anchor=(1, 1))


def ink_moved(drawing: np.ndarray, ink: np.ndarray, place: np.ndarray) -> np.ndarray:
    """A drawing (S, S) uint8 sampled cubic at places (S, S, 2) px where it has ink (`near_ink`): two thirds
    are paper, and remain so."""
    before, between = cv2.convertMaps(place, None, cv2.CV_16SC2)
    drawn = cv2.remap(ink, before, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE).view(bool)
    size, count = len(place), np.count_nonzero(drawn)
    shape = -(-count // size), size
    part = np.resize(before.view(np.int32)[..., 0][drawn], shape), np.resize(between[drawn], shape)
    before, between = part[0].view(np.int16).reshape(*shape, 2), part[1]
    moved = np.full(drawn.shape, PAPER_GREY, np.uint8)
    if count:
        sampled = cv2.remap(drawing, before, between, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        moved[drawn] = sampled.ravel()[:count]
    return moved


def soft_edge(mask: np.ndarray) -> np.ndarray:
    """A mask (256, 256) in {0, 1} with a blurred edge, float32, without the blur's tails: see `softened`."""
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), SOFT_EDGE)
    return np.clip((blurred - BLUR_TAIL) / (1 - 2 * BLUR_TAIL), 0, 1)


def draw_mouth(
    drawing: np.ndarray,
    source_opening: float,
    target: np.ndarray,
    cavity: OralCavity | None,
    kept: bool = False,
) -> None:
    """Draw the inside of an opening mouth, or the line of one that shuts over teeth, into (S, S[, 3]) uint8.

    target: (68, 2) px of 256; source_opening, cavity, kept: as of `mouth_overlay`.
    """
    size = drawing.shape[0]
    window = Window.around(target[list(LIPS)], MOUTH_ROOM, size)
    part = drawing[window.rows, window.columns]
    if 0 in part.shape[:2]:
        return
    channels = 1 if drawing.ndim == 2 else 3
    points = (target + 0.5) * (size / UNIT) - 0.5 - (window.left, window.top)
    mouth, opacity = mouth_overlay(source_opening, points, window.side, channels, size, cavity, kept)
    height, columns = part.shape[:2]
    seen = np.flatnonzero(opacity[0, :height, :columns].any(1))
    if not len(seen):
        return
    rows = slice(seen[0], seen[-1] + 1)
    opacity = np.ascontiguousarray(opacity[0, rows, :columns])
    colour = np.rint((mouth[:, rows, :columns] + 1) * 127.5).astype(np.uint8).transpose(1, 2, 0)
    colour = np.ascontiguousarray(colour.reshape(part[rows].shape))
    part[rows] = cv2.blendLinear(colour, np.ascontiguousarray(part[rows]), opacity, 1 - opacity)
