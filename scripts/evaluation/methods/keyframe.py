"""Keyframe propagation, in the manner of EbSynth: one drawn frame follows the clip's optical flow."""

from collections.abc import Iterator

import cv2
import numpy as np

from ..clips import SIZE, Clip
from . import Method


class Keyframe(Method):
    """The drawing of the first frame, warped by the flow (DIS, Kroeger et al. 2016) from each frame of the
    clip straight back to the first: errors do not add up, but what the first frame hides stays hidden."""

    name = "keyframe"
    label = "Clip, keyframe propagated"
    sees_clip = True
    asked = "clip"

    def frames(self, clip: Clip, asked: np.ndarray) -> Iterator[np.ndarray]:
        drawing = self.studio.draw(clip.face.image)
        dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # type: ignore[attr-defined]
        key = cv2.cvtColor(clip.frames[0], cv2.COLOR_RGB2GRAY)
        grid = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), -1).astype(np.float32)
        flow = np.zeros_like(grid)
        yield drawing
        for frame in clip.frames[1:]:
            # The flow of the frame before is where the search starts: large motions are found step by step.
            flow = dis.calc(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), key, flow)
            where = grid + flow
            yield cv2.remap(
                drawing, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
