"""Methods that the paper compares with, UPD+Warp and MakeItTalk+UPD, and the clip drawn frame by frame."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from module2_drawing.geometry.warping import sparse_motion_grid, spline_warp, warp_by_grid
from module2_drawing.util.images import to_image, to_tensor

from ..clips import SIZE, Clip, Portrait
from . import Method, to_torch

_BATCH = 8
_STRIDE = 2


class WarpedDrawing(Method):
    """The drawing of the photo, carried from its landmarks to those of each frame by a thin-plate spline."""

    name = "upd_warp"
    label = "UPD+Warp"

    def frames(self, portrait: Portrait, asked: np.ndarray) -> Iterator[np.ndarray]:
        drawing = to_tensor(self.studio.draw(portrait.face))
        source = to_torch(portrait.photo_landmarks[None])
        targets = to_torch(asked, SIZE / portrait.face.image.shape[0])
        for batch in targets.split(_BATCH):
            warped = spline_warp(drawing.expand(len(batch), -1, -1, -1), source, batch, _STRIDE)
            yield from (to_image(frame) for frame in warped)

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"stride": _STRIDE}


class PerFrame(Method):
    """Every frame of the clip drawn by itself."""

    name = "per_frame"
    label = "Clip, drawn per frame"
    sees_clip = True
    asked = "clip"

    def frames(self, clip: Clip, asked: np.ndarray) -> Iterator[np.ndarray]:
        yield from map(self.studio.draw, clip.faces())


class DrawnAnimation(Method):
    """The photo moved by the triangles of its landmarks, as MakeItTalk moves cartoons, then every frame drawn
    by itself: nothing ties the lines of neighbouring frames together."""

    name = "makeittalk_upd"
    label = "MakeItTalk+UPD"

    def frames(self, portrait: Portrait, asked: np.ndarray) -> Iterator[np.ndarray]:
        size = len(portrait.face.image)
        photo = torch.from_numpy(portrait.face.image).permute(2, 0, 1)[None].float()
        source = to_torch(portrait.face.landmarks[None, :, :2])
        for landmarks in asked:
            grid = sparse_motion_grid(source, to_torch(landmarks[None]), size)
            moved = warp_by_grid(photo, grid, align_corners=True)
            image = moved[0].permute(1, 2, 0).round().byte().numpy()
            yield self.studio.draw(replace(portrait.face, image=image, landmarks=landmarks))
