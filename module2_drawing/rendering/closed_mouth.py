"""A drawing without its teeth: what lies between lips that shut, which a warp would only press together."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from .mouth import LOWER_EDGE, UPPER_EDGE

MARGIN = 3.5  # px of 256 around the inner lips: the line at their edge goes with the teeth
LINE = 7.0  # px of 256: dark lines up to this width are not continued
REACH = 3.0  # px of 256, from which lips are continued inwards
AROUND = 12  # px of 256 around the mouth, of the part that is looked at


def without_inside(static: Tensor, landmarks: Tensor) -> Tensor:
    """Static drawings (B, C, S, S) in [−1, 1] whose mouths' insides are filled from the lips: the same shape.

    landmarks: (B or 1, 68, 2) px of the drawings, or B with one drawing for all. C is 1 or 3.
    """
    batch = max(len(static), len(landmarks))
    pairs = zip(static.expand(batch, -1, -1, -1), landmarks.expand(batch, -1, -1), strict=True)
    return torch.stack([_filled(drawing, marks.cpu().numpy()) for drawing, marks in pairs])


def _filled(drawing: Tensor, landmarks: np.ndarray) -> Tensor:
    size, filled = drawing.shape[-1], drawing.clone()
    scale = size / 256
    ring = landmarks[[*UPPER_EDGE, *LOWER_EDGE[1:-1]]]
    margin = round(AROUND * scale)
    (left, top), (right, bottom) = ring.min(0).astype(int) - margin, ring.max(0).astype(int) + margin
    left, top = max(left, 0), max(top, 0)
    part = filled[:, top:bottom, left:right]
    if 0 in part.shape:
        return filled  # a mouth outside of the frame
    mask = np.zeros(part.shape[1:], np.uint8)
    cv2.fillPoly(mask, [np.round(ring - (left, top)).astype(np.int32)], 1)
    mask = cv2.dilate(mask, _disc(2 * MARGIN * scale))
    image = ((part.detach().cpu().numpy() + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
    image = cv2.morphologyEx(image.transpose(1, 2, 0), cv2.MORPH_CLOSE, _disc(LINE * scale))
    image = cv2.inpaint(image, mask, REACH * scale, cv2.INPAINT_TELEA)
    image = image.reshape(*mask.shape, -1).transpose(2, 0, 1)
    lips = torch.from_numpy(image).to(part) / 127.5 - 1
    part.copy_(torch.where(torch.from_numpy(mask > 0).to(part.device), lips, part))
    return filled


def _disc(width: float) -> np.ndarray:
    across = 2 * round(width / 2) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
