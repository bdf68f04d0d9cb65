"""Underlay: the static drawing in the target pose, all of a frame that is known without a network."""

import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.face.geometry import mouth_opening

from ..geometry.landmark_motion import landmark_flow, move_image
from .bare_lips import bare_lips, bare_share
from .mouth import mouth_overlay


@torch.no_grad()
def moved_drawing(
    drawing: Tensor,
    source: Tensor,
    targets: Tensor,
    flow: Tensor | None = None,
    mode: str = "bicubic",
    parts: bool = False,
    bare: Tensor | None = None,
) -> Tensor:
    """The static drawing (B or 1, C, S, S) in [−1, 1] in each of the target poses, without gradient.

    source: (B or 1, 68, 2) px, the landmarks of the photo; targets: (B, 68, 2) px. The landmark spline moves
    it, and teeth give way to the lips' colour where lips shut; `with_mouth` paints what it lacks.
    flow: `landmark_flow` of source and targets, where it is known already; mode: as of `move_image`; parts:
    whether the line between lips that part gives way, too, as a mouth is painted in its place; bare: drawing
    and source's `without_inside`, where it is known already. Returns (B, C, S, S).
    """
    shares = _bare_shares(source, targets, drawing, parts)
    if shares.any():
        # Mixed before they move: moving is dear.
        drawing = torch.lerp(drawing, without_inside(drawing, source) if bare is None else bare, shares)
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


def _bare_shares(source: Tensor, targets: Tensor, drawing: Tensor, parts: bool) -> Tensor:
    """`bare_share` of each target, (B, 1, S, S) as the drawing; parts: as of `moved_drawing`."""
    size, photos, poses = drawing.shape[-1], source.cpu().numpy(), _poses(source, targets)
    openings = [opening for opening, _ in poses], [float(mouth_opening(target)) for _, target in poses]
    shares = [
        bare_share(marks, (size, size), (before, now if parts else min(before, now)), size / 256)
        for marks, before, now in zip(np.broadcast_to(photos, (len(poses), 68, 2)), *openings, strict=True)
    ]
    return torch.from_numpy(np.stack(shares))[:, None].to(drawing)


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
