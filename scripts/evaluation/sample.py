"""What a metric sees: the frames that a method made of one film, and everything they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

import cv2
import numpy as np
import torch

from module2_drawing.geometry.warping import sparse_motion_grid, spline_flow, warp_by_grid

from .films import SIZE, Film, Portrait
from .judge import Judge, Located

_MARGIN = 8  # px around the matte that still count as the person
_STILL = 0.1  # px a frame: landmarks that move less stand still
_STRIDE = 8  # px between the places at which the spline is evaluated


class Masks(NamedTuple):
    """background: (T, 256, 256) bool, neither the person, moved as asked, nor a margin around it: one added
    after the motion, and one before it that grows where the face does.

    still: (T − 1, 256, 256) bool, pixels with no reason to change from a frame to the next: background in
    both frames, or person in both where the asked landmarks, interpolated over triangles as well as by a
    spline, move less than 0.1 px.
    """

    background: np.ndarray
    still: np.ndarray


@dataclass
class Scene:
    """One film, or one portrait, and what was asked of a method; shared by methods that were asked the same.

    asked: (T, 68, 2) float32 px of 256², the landmarks that the frames were to show. static: (256, 256, 3)
    uint8, the drawing of the photo. matte: (256, 256) float32 in [0, 1], the person in the photo.
    """

    film: Portrait
    asked: np.ndarray
    static: np.ndarray
    matte: np.ndarray

    @cached_property
    def masks(self) -> Masks:
        source = torch.from_numpy(self.film.photo_landmarks[None])
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _MARGIN + 1, 2 * _MARGIN + 1))
        matte = torch.from_numpy(np.ascontiguousarray(self.matte, np.float32))[None, None]
        widened = torch.from_numpy(cv2.dilate((self.matte > 0.5).astype(np.float32), disc))[None, None]
        background = np.empty((len(self.asked), SIZE, SIZE), bool)
        still = np.empty((len(self.asked) - 1, SIZE, SIZE), bool)
        before = None
        for index, target in enumerate(torch.from_numpy(self.asked)[:, None]):
            grid = sparse_motion_grid(source, target, SIZE)
            person = warp_by_grid(matte, grid, align_corners=True)[0, 0].numpy() > 0.5
            around = warp_by_grid(widened, grid, align_corners=True)[0, 0].numpy() > 0
            background[index] = (cv2.dilate(person.astype(np.uint8), disc) == 0) & ~around
            if before is not None:
                by_triangles = (grid - before[0])[0].norm(dim=-1) * ((SIZE - 1) / 2)
                by_spline = spline_flow(before[1], target, SIZE, _STRIDE)[0].norm(dim=-1)
                motion = torch.maximum(by_triangles, by_spline).numpy()
                now, then = background[index], background[index - 1]
                still[index - 1] = (now & then) | (~now & ~then & (motion < _STILL))
            before = grid, target
        return Masks(background, still)


@dataclass
class Sample:
    """frames: (T, 256, 256, 3) uint8 RGB of one method, as many as the film of the scene has."""

    frames: np.ndarray
    scene: Scene
    judge: Judge

    @property
    def film(self) -> Film:
        """A portrait stands here where no metric looks at a film's own frames."""
        return cast(Film, self.scene.film)

    @cached_property
    def grey(self) -> np.ndarray:
        """(T, 256, 256) uint8."""
        return np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in self.frames])

    @cached_property
    def located(self) -> Located:
        """The landmarks that the judge finds in the frames, px of 256²."""
        return self.judge(self.frames, self.scene.asked)
