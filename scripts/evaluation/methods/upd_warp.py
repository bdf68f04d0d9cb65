"""UPD+Warp of the paper: one static drawing, moved by the landmarks."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from module2_drawing.geometry.warping import spline_warp
from module2_drawing.util.images import to_image, to_tensor

from ..clips import SIZE, Portrait
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
