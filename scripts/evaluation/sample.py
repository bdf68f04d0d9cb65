"""Samples: the frames that a method made of one clip or photo, and everything they are compared with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, cast

import cv2
import numpy as np
import torch
from skimage.metrics import structural_similarity

from module1_audio2lmk.foundation.face.landmark_detector import LandmarkDetector, Located
from module2_drawing.geometry.landmark_motion import identity_grid, with_skulls
from module2_drawing.geometry.warping import sparse_motion_grid, spline_flow, warp_by_grid

from .clips import SIZE, Clip, Portrait

_MARGIN = 8  # px around the matte that still count as the person
_STILL = 0.1  # px a frame: landmarks that move less stand still
_STRIDE = 8  # px between the places at which the spline is evaluated


class Masks(NamedTuple):
    """background: (T, 256, 256) bool, neither the person, moved as asked, nor a margin around it: one added
    after the motion, and one before it that grows where the face does. Hair is where the face's motion and
    where the skull's has it.

    still: (T − 1, 256, 256) bool, pixels with no reason to change from a frame to the next: background in
    both frames, or person in both where the asked landmarks, interpolated over triangles as well as by a
    spline, move less than 0.1 px.
    """

    background: np.ndarray
    still: np.ndarray


def _moved(layer: torch.Tensor, grid: torch.Tensor) -> np.ndarray:
    """A layer (1, 1, S, S), sampled by a grid (1, S, S, 2): (S, S)."""
    return warp_by_grid(layer, grid, align_corners=True)[0, 0].numpy()


def _with_skull(grid: torch.Tensor, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """A grid (1, S, S, 2) in [−1, 1] that moves what is around the face with the skull; an equal one where
    the head hardly turns."""
    flow = (grid - identity_grid(SIZE, grid.device)).permute(0, 3, 1, 2) * ((SIZE - 1) / 2)
    change = with_skulls(flow, source, target) - flow
    return grid + change.permute(0, 2, 3, 1) * (2 / (SIZE - 1))


@dataclass
class Scene:
    """One clip, or one photo in motion, and what was asked; shared by methods that were asked the same.

    asked: (T, 68, 2) float32 px of 256², the landmarks that the frames were to show. static: (256, 256, 3)
    uint8, the drawing of the photo. matte: (256, 256) float32 in [0, 1], the person in the photo.
    """

    portrait: Portrait
    asked: np.ndarray
    static: np.ndarray
    matte: np.ndarray

    @cached_property
    def masks(self) -> Masks:
        source = torch.from_numpy(self.portrait.photo_landmarks[None])
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _MARGIN + 1, 2 * _MARGIN + 1))
        matte = torch.from_numpy(np.ascontiguousarray(self.matte, np.float32))[None, None]
        widened = torch.from_numpy(cv2.dilate((self.matte > 0.5).astype(np.float32), disc))[None, None]
        background = np.empty((len(self.asked), SIZE, SIZE), bool)
        still = np.empty((len(self.asked) - 1, SIZE, SIZE), bool)
        before = None
        for index, target in enumerate(torch.from_numpy(self.asked)[:, None]):
            grid = sparse_motion_grid(source, target, SIZE)
            turned = _with_skull(grid, source, target)  # hair may move with the face, or with the skull
            grids = [grid] if torch.equal(grid, turned) else [grid, turned]
            person = np.any([_moved(matte, one) > 0.5 for one in grids], 0)
            around = np.any([_moved(widened, one) > 0 for one in grids], 0)
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
    """frames: (T, 256, 256, 3) uint8 RGB of one method, as many as the scene asks for."""

    frames: np.ndarray
    scene: Scene
    detector: LandmarkDetector
    _made: dict[str, Any] = field(default_factory=dict)

    @property
    def clip(self) -> Clip:
        """What metrics that look at a clip's own frames see; these are not asked about photos."""
        return cast(Clip, self.scene.portrait)

    @cached_property
    def grey(self) -> np.ndarray:
        """(T, 256, 256) uint8."""
        return np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in self.frames])

    @cached_property
    def located(self) -> Located:
        """The landmarks found in the frames, px of 256²."""
        return self.detector(self.frames, self.scene.asked)

    @cached_property
    def ssim(self) -> np.ndarray:
        """(T − 1,): structural similarity of neighbouring frames."""
        return neighbours_ssim(self.grey)

    @property
    def steps(self) -> np.ndarray:
        """(T − 1,): mean px that the asked landmarks move from frame to frame."""
        return np.linalg.norm(np.diff(self.scene.asked, axis=0), axis=-1).mean(1)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for all metrics that share it under this name."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]


def neighbours_ssim(grey: np.ndarray) -> np.ndarray:
    """(T, H, W) uint8 → (T − 1,), the SSIM of each frame and the next."""
    return np.array([ssim(first, second) for first, second in pairwise(grey)])


def ssim(first: np.ndarray, second: np.ndarray) -> float:
    """Structural similarity (Wang et al. 2004) of grey images (H, W) in 0…255: Gaussian windows of 11² px,
    σ 1.5, the mean over those that lie inside."""
    return float(
        structural_similarity(
            first, second, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
        )
    )
