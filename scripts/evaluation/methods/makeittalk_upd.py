"""MakeItTalk+UPD of the paper: an animated photo, drawn frame by frame."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from module2_drawing.geometry.warping import sparse_motion_grid, warp_by_grid

from ..clips import Portrait
from . import Method, to_torch


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
