"""Motion that landmarks give a whole drawing: smooth outside of the face, no smears where parts meet.

A thin-plate spline alone overshoots where control points almost meet that were apart (shut eyelids, closed
lips), and pulls in what lies outside of the frame where a head moves. So facing points stay a little apart in
the spline, a piecewise-linear step closes them, and the frame's edges are held still.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .facing import CHIN, CHIN_ROOM, LIP_CURVES, kept_apart, parted
from .head_motion import with_skull
from .warping import sparse_motion_grid, spline_flow


def landmark_flow(source: Tensor, target: Tensor, size: int = 256, stride: int = 2) -> Tensor:
    """Backward flow (B, 2, size, size) px as x, y: a pixel of the target shows the source at pixel + flow.

    source, target: (B, 68, 2) px, either may have a batch of 1. stride: see `spline_flow`.
    """
    batch = max(len(source), len(target))
    source, target = source.expand(batch, -1, -1), parted(source, target).expand(batch, -1, -1)
    source, target = with_lip_curves(source), with_lip_curves(target)
    eased = kept_apart(source, target)
    bottom = below_chin(source, size)
    fixed = with_border(source, size, bottom), with_border(eased, size, bottom)
    smooth = -spline_flow(*fixed, size, stride).flip(-1)
    # Where each pixel was before the lids and lips were closed.
    before = sparse_motion_grid(eased, target, size)
    flow = F.grid_sample(smooth.permute(0, 3, 1, 2), before, padding_mode="border", align_corners=True)
    shift = (before - identity_grid(size, before.device)) * ((size - 1) / 2)
    return flow + shift.permute(0, 3, 1, 2)


def with_skulls(flow: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """`with_skull` of each of backward flows (B, 2, S, S) px; source, target: (B or 1, 68, 2) px of them."""
    given = (one.expand(len(flow), -1, -1) for one in (source, target))
    parts = (one.cpu().numpy() for one in (flow.permute(0, 2, 3, 1), *given))
    moved = np.stack([with_skull(*one) for one in zip(*parts, strict=True)])
    return torch.from_numpy(moved).permute(0, 3, 1, 2).to(flow)


def move_image(image: Tensor, flow: Tensor, mode: str = "bicubic") -> Tensor:
    """Sample an image (B, C, S, S) in [−1, 1] at pixel + flow (B, 2, S, S) px; bicubic: lines stay crisp.

    The border pixel continues outside. Values stay within those of the nearest 3 × 3 pixels: bicubic weights
    would ring, and flat paper beside a line would not stay paper.
    """
    size, image = image.shape[-1], image.float()
    grid = identity_grid(size, image.device) + flow.permute(0, 2, 3, 1) * (2 / (size - 1))
    range_ = torch.cat((-F.max_pool2d(-image, 3, 1, 1), F.max_pool2d(image, 3, 1, 1)), 1)
    sources = ((image, mode), (range_, "nearest"))
    moved, limits = (
        F.grid_sample(source.expand(len(flow), -1, -1, -1), grid, how, "border", align_corners=True)
        for source, how in sources
    )
    low, high = limits.chunk(2, 1)
    return torch.minimum(torch.maximum(moved, low), high)


def with_lip_curves(landmarks: Tensor) -> Tensor:
    """(B, 68, 2) px → (B, 72, 2): the inner lips half way from each corner to the next landmark, too."""
    corner, near, middle = (landmarks[:, list(points)] for points in zip(*LIP_CURVES, strict=True))
    return torch.cat((landmarks, 0.375 * corner + 0.75 * near - 0.125 * middle), 1)


def with_border(
    landmarks: Tensor, size: int = 256, bottom: Tensor | None = None, per_edge: int = 3
) -> Tensor:
    """Landmarks (B, K, 2) px and points that are spread over the edges of the frame: (B, K + 4·per_edge, 2).

    In both sets of a spline they hold the edges still, so that a moving head pulls in nothing from outside.
    bottom: (B,) px, where the lower edge is held, by default that of the frame.
    """
    end = float(size - 1)
    along = torch.linspace(0, end, per_edge + 2, device=landmarks.device)[1:-1]
    low, high = torch.zeros_like(along), torch.full_like(along, end)
    edges = [(along, high), (along, low), (low, along), (high, along)]
    border = torch.cat([torch.stack(edge, 1) for edge in edges]).to(landmarks).repeat(len(landmarks), 1, 1)
    if bottom is not None:
        border[:, :per_edge, 1] = bottom[:, None]
    return torch.cat((landmarks, border), 1)


def below_chin(landmarks: Tensor, size: int = 256) -> Tensor:
    """The frame's lower edge or, where the chin is close to it, a line below: (B,) px.

    A chin that comes down on points that are held still would fold.
    """
    return (landmarks[:, CHIN, 1] + CHIN_ROOM * size).clamp_min(size - 1)


def identity_grid(size: int, device: torch.device) -> Tensor:
    """(size, size, 2) as x, y in [−1, 1], the scale of `grid_sample(align_corners=True)`."""
    axis = torch.linspace(-1, 1, size, device=device)
    return torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)
