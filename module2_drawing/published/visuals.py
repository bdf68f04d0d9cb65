"""Images of a frame that the published test command writes, under its names."""

import torch
from torch import Tensor

from ..rendering.pipeline import DrawnFrames
from ..rendering.prepare import PreparedPhoto

MARK = (1.0, -1.0, -1.0)  # red
MARK_RADIUS = 3


def visuals_of(photo: PreparedPhoto, frame: DrawnFrames, target: Tensor, window: Tensor) -> dict[str, Tensor]:
    """Images (1, C, S, S) in [−1, 1]; `fake_B` is the frame.

    target: (68, 2) px; window: (left, right, top, bottom) px of the target's face.
    """
    return {
        "real_A": photo.foreground,
        "real_A_lm": photo.landmark_map,
        "target_B_lm": frame.landmark_map,
        "fake_B": frame.drawing,
        "fake_B_vis": marked(frame.drawing, target, window),
        "fg_mask": photo.mask * 2 - 1,
        "fakeB_static": photo.drawing,
        "fake_B_fore": frame.foreground,
        "fg_mask1": frame.mask * 2 - 1,
    }


def marked(drawing: Tensor, landmarks: Tensor, window: Tensor) -> Tensor:
    """The drawing (1, C, S, S) with red squares on landmarks (68, 2) px and a red frame at the window."""
    image = drawing.expand(-1, 3, -1, -1).clone()
    left, right, top, bottom = (int(v) for v in window)
    boxes = [(round(x), round(x), round(y), round(y)) for x, y in landmarks.tolist()]
    boxes += [(left, right, top, top), (left, right, bottom, bottom)]
    boxes += [(left, left, top, bottom), (right, right, top, bottom)]
    colour = torch.tensor(MARK, device=image.device).view(1, 3, 1, 1)
    for x1, x2, y1, y2 in boxes:
        rows = slice(max(0, y1 - MARK_RADIUS), max(0, y2 + MARK_RADIUS))
        columns = slice(max(0, x1 - MARK_RADIUS), max(0, x2 + MARK_RADIUS))
        image[:, :, rows, columns] = colour
    return image
