"""Underlay: the static drawing in the target pose, all of a frame that is known without a network."""

import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from ..geometry.landmark_motion import landmark_flow, move_image
from .bare_lips import bare_lips
from .mouth import mouth_overlay
from .shut_lips import line_strength, meeting


@torch.no_grad()
def moved_drawing(
    drawing: Tensor, source: Tensor, targets: Tensor, flow: Tensor | None = None, mode: str = "bicubic"
) -> Tensor:
    """The static drawing (B or 1, C, S, S) in [−1, 1] in each of the target poses, without gradient.

    source: (B or 1, 68, 2) px, the landmarks of the photo; targets: (B, 68, 2) px. The landmark spline moves
    it, and teeth give way to the lips' colour where lips shut; `with_mouth` paints what it lacks.
    flow: `landmark_flow` of source and targets, where it is known already; mode: as of `move_image`.
    Returns (B, C, S, S).
    """
    shut = strengths_of_line(source, targets)
    if any(shut):
        # Mixed before they move: moving is dear.
        drawing = torch.lerp(drawing, without_inside(drawing, source), _met(source, shut, drawing))
    flow = landmark_flow(source, targets, drawing.shape[-1]) if flow is None else flow
    return move_image(drawing, flow, mode)


@torch.no_grad()
def with_mouth(drawings: Tensor, source: Tensor, targets: Tensor) -> Tensor:
    """Moved drawings (B, C, S, S) in [−1, 1] with what an opening mouth shows, or the line of one that shuts
    over teeth, painted in; without gradient.

    source: (B or 1, 68, 2) px, the landmarks of the photo; targets: (B, 68, 2) px, those of the drawings.
    """
    painted = []
    for drawing, (opening, target) in zip(drawings, _poses(source, targets), strict=True):
        overlay = mouth_overlay(opening, target, drawing.shape[-1], len(drawing))
        mouth, opacity = (torch.tensor(x).to(drawing) for x in overlay)
        painted.append(torch.lerp(drawing, mouth, opacity))
    return torch.stack(painted)


def strengths_of_line(source: Tensor, targets: Tensor) -> list[float]:
    """`line_strength` of each target; landmarks as of `with_mouth`."""
    poses = _poses(source, targets)
    return [line_strength(opening, float(mouth_opening(target))) for opening, target in poses]


def _met(source: Tensor, shut: list[float], drawing: Tensor) -> Tensor:
    """`meeting` of each of the strengths, (B, 1, S, S) as the drawing; source: (B or 1, 68, 2) px."""
    size, photos = drawing.shape[-1], source.cpu().numpy()
    pairs = zip(np.broadcast_to(photos, (len(shut), 68, 2)), shut, strict=True)
    weights = [meeting(marks, (size, size), share, size / 256) for marks, share in pairs]
    return torch.from_numpy(np.stack(weights))[:, None].to(drawing)


def _poses(source: Tensor, targets: Tensor) -> list[tuple[float, np.ndarray]]:
    """The opening of the photo's mouth, and the landmarks of the target, for each of these."""
    openings = [float(mouth_opening(marks)) for marks in source.cpu()]
    return list(zip(openings * (len(targets) // len(openings)), targets.cpu().numpy(), strict=True))


def without_inside(static: Tensor, landmarks: Tensor) -> Tensor:
    """Static drawings (B, C, S, S) in [−1, 1] whose mouths' insides are filled from the lips: the same shape.

    landmarks: (B or 1, 68, 2) px of the drawings, or B with one drawing for all. C is 1 or 3.
    """
    batch = max(len(static), len(landmarks))
    pairs = zip(static.expand(batch, -1, -1, -1), landmarks.expand(batch, -1, -1), strict=True)
    filled = []
    for drawing, marks in pairs:
        image = ((drawing.detach().cpu().numpy() + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
        found = bare_lips(np.ascontiguousarray(image.transpose(1, 2, 0)), marks.cpu().numpy())
        changed = torch.from_numpy(found.transpose(2, 0, 1) != image).to(drawing.device)
        lips = torch.from_numpy(found.transpose(2, 0, 1).copy()).to(drawing) / 127.5 - 1
        filled.append(torch.where(changed, lips, drawing))
    return torch.stack(filled)
