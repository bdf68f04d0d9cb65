"""Landmark rasters and the warps of the drawing stage: sparse-landmark grid, spline warp, flow warp.

Landmarks are (x, y) in pixels of the frame; pixel centres have integer coordinates. Everything is batched;
results live on the device of the inputs and never hold NaN: a landmark that is not finite is left out.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

#: Corners of the frame as (x, y) / (size − 1), in the order and number of the published program.
PUBLISHED_EDGES = np.array([[0, 0], [1, 1], [1, 0], [0, 1], [1, 0], [0, 1], [1, 1], [1, 1]])
MERGE_DISTANCE = 0.25  # px under which two control points count as one: their spline would fold
SPLINE_PIECE = 2048  # places at which a spline is evaluated at once


def landmark_maps(landmarks: Tensor, size: int = 256, radius: int = 3) -> Tensor:
    """White dots on black: (B, K, 2) px -> (B, 1, size, size) in {-1, 1}.

    A dot is every pixel within `radius` of the landmark rounded to the nearest pixel; landmarks may lie
    outside the frame.
    """
    span = torch.arange(-radius, radius + 1, device=landmarks.device)
    dy, dx = torch.meshgrid(span, span, indexing="ij")
    disc = torch.stack((dx, dy), -1)[dx**2 + dy**2 <= radius**2]
    pixels = _bounded(landmarks, size).round().long()[:, :, None] + disc
    inside = ((pixels >= 0) & (pixels < size)).all(-1)
    frame = torch.arange(len(landmarks), device=landmarks.device)[:, None, None] * size * size
    index = frame + pixels[..., 1] * size + pixels[..., 0]
    maps = torch.full((len(landmarks), 1, size, size), -1.0, device=landmarks.device)
    maps.view(-1)[index[inside]] = 1.0
    return maps


def landmark_discs(landmarks: Tensor, size: int = 224, radius: int = 4, frame: int = 256) -> Tensor:
    """One channel a landmark, 1 within `radius` px of its centre, else 0: the flow regression's input.

    landmarks: (B, K, 2) px of a `frame`² image. They are scaled by size / frame and *not* rounded.
    Returns (B, K, size, size) in {0, 1}.
    """
    centres = _bounded(landmarks, frame) * (size / frame)
    batch, count = centres.shape[:2]
    span = torch.arange(-radius, radius + 2, device=centres.device)
    dy, dx = torch.meshgrid(span, span, indexing="ij")
    pixels = centres.floor().long()[:, :, None] + torch.stack((dx, dy), -1).reshape(-1, 2)
    near = (pixels - centres[:, :, None]).square().sum(-1) <= radius**2
    inside = near & ((pixels >= 0) & (pixels < size)).all(-1)
    channel = torch.arange(batch * count, device=centres.device).view(batch, count, 1) * size * size
    index = channel + pixels[..., 1] * size + pixels[..., 0]
    discs = torch.zeros(batch, count, size, size, device=centres.device)
    discs.view(-1)[index[inside]] = 1.0
    return discs


def sparse_motion_grid(source: Tensor, target: Tensor, size: int = 256) -> Tensor:
    """Flow B: the backward grid that carries `source` landmarks to `target` landmarks.

    Piecewise linear over the Delaunay triangles of the targets plus the four corners of the frame, which
    stay where they are. source, target: (B, K, 2) px, either may have a batch of 1.
    Returns (B, size, size, 2) float32, x then y, 2·px / (size − 1) − 1: the scale of
    `grid_sample(align_corners=True)`.
    """
    batch = max(len(source), len(target))
    pairs = [
        _bounded(p, size).detach().cpu().double().expand(batch, -1, -1).numpy() for p in (source, target)
    ]
    finite = (torch.isfinite(source).all(-1) & torch.isfinite(target).all(-1)).cpu().expand(batch, -1).numpy()
    corners = (PUBLISHED_EDGES * (size - 1)).astype(np.float64)
    grid = np.empty((batch, size, size, 2), np.float32)
    for i, (points_from, points_to) in enumerate(zip(*pairs, strict=True)):
        keep = finite[i]
        values = np.concatenate((points_from[keep], corners))
        grid[i] = _piecewise_linear(np.concatenate((points_to[keep], corners)), values, size)
    return torch.from_numpy(grid).to(target.device).mul_(2 / (size - 1)).sub_(1)


@torch.no_grad()
def spline_flow(source: Tensor, target: Tensor, size: int = 256, stride: int = 1) -> Tensor:
    """Dense flow of a thin-plate spline through the landmark displacements, no regularisation.

    f(p) = Σ w_i φ(|p − target_i|²) + A p + b with φ(r²) = ½ r² ln r² and f(target_i) = target_i − source_i.
    The four corners of the frame are control points with no displacement. source, target: (B, K, 2) px,
    either may have a batch of 1; no gradient reaches them. With `stride` it is evaluated every so many
    pixels and bilinear in between: coarse only where landmarks a few pixels apart move apart.
    Returns (B, size, size, 2) px as (dy, dx), float32.
    """
    device = target.device
    if device.type == "mps":  # has no double precision
        source, target = source.cpu(), target.cpu()
    batch = max(len(source), len(target))
    corners = frame_corners(size).to(target).expand(batch, -1, -1)
    source = torch.cat((source.to(target).expand(batch, -1, -1), corners), 1)
    target = torch.cat((target.expand(batch, -1, -1), corners), 1)
    displacement = (_bounded(target, size) - _bounded(source, size)).double()
    # Centred and scaled coordinates: the same spline (the affine part absorbs the change), well conditioned.
    points = _bounded(target, size).double() / (size - 1) - 0.5
    weights, affine = _solve_spline(points, displacement, _usable(source, target, size))
    nodes = torch.arange(-(-(size - 1) // stride) + 1, device=target.device, dtype=torch.float64)
    places = torch.cartesian_prod(nodes, nodes).flip(-1) * (stride / (size - 1)) - 0.5
    flow = _evaluate_spline(places, points, weights, affine).to(device)
    flow = flow.flip(-1).view(batch, len(nodes), len(nodes), 2)
    if stride == 1:
        return flow
    full = (len(nodes) - 1) * stride + 1
    flow = _resize(flow.permute(0, 3, 1, 2), full, full)
    return flow[:, :, :size, :size].permute(0, 2, 3, 1)


def spline_warp(image: Tensor, source: Tensor, target: Tensor, stride: int = 1) -> Tensor:
    """Move an image's `source` landmarks to `target` by the spline flow; the border pixel continues outside.

    image (B, C, S, S), landmarks (B, K, 2) px, each with a batch of B or 1 -> (B, C, S, S).
    """
    size = image.shape[-1]
    flow = spline_flow(source, target, size, stride).to(image.device)
    grid = (_pixel_grid(size, size, image.device) - flow.flip(-1)) * (2 / (size - 1)) - 1
    return _sample(image, grid, align_corners=True, padding="border")


def warp_by_grid(image: Tensor, grid: Tensor, align_corners: bool = False) -> Tensor:
    """Sample (B, C, h, w) at a backward grid (B, H, W, 2), first resized to h × w; zeros outside.

    `align_corners=True` is the grid's own scale (drawings, mattes); the published generator samples its
    features with False. A batch of 1 on either side is broadcast.
    """
    height, width = image.shape[-2:]
    if grid.shape[1:3] != (height, width):
        grid = _resize(grid.permute(0, 3, 1, 2), height, width).permute(0, 2, 3, 1)
    return _sample(image, grid, align_corners)


def warp_by_flow(features: Tensor, flow: Tensor, mask: Tensor) -> Tensor:
    """Flow A at the scale of the features: (B, C, h, w), flow (B, 2, H, W) px as x, y, mask (B, 1, H, W).

    Flow and mask are resized; features are sampled at pixel + flow, and are −1 where the mask is ≤ 0.5.
    """
    height, width = features.shape[-2:]
    flow = _resize(flow.float() * (width / flow.shape[-1]), height, width)
    mask = _resize(mask.float(), height, width)
    grid = _pixel_grid(height, width, flow.device) + flow.permute(0, 2, 3, 1)
    grid = grid * torch.tensor((2 / (width - 1), 2 / (height - 1)), device=flow.device) - 1
    return torch.where(mask > 0.5, _sample(features, grid), -1.0)


def frame_corners(size: int) -> Tensor:
    """The four corner pixels of a size² frame, (4, 2) px."""
    end = float(size - 1)
    return torch.tensor([[0.0, 0.0], [end, 0.0], [0.0, end], [end, end]])


def _bounded(landmarks: Tensor, size: int) -> Tensor:
    """Finite, and at most one frame away from the frame; what is not finite goes far outside."""
    return torch.nan_to_num(landmarks.float(), nan=-size, posinf=2 * size, neginf=-size).clamp(
        -size, 2 * size
    )


def _piecewise_linear(points: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Interpolate `values` (N, 2) at `points` (N, 2) px over their Delaunay triangles -> (size, size, 2)."""
    from scipy.interpolate import LinearNDInterpolator  # half a second to import
    from scipy.spatial import Delaunay

    y, x = np.mgrid[:size, :size]
    # As (y, x) in the published order: where four points lie on a circle, the order decides the triangles.
    found = LinearNDInterpolator(Delaunay(points[:, ::-1]), values)(y, x)
    # A pixel on the frame's edge can lie outside of all triangles by rounding: it stays.
    return np.where(np.isnan(found), np.stack((x, y), -1), found)


def _usable(source: Tensor, target: Tensor, size: int) -> Tensor:
    """(B, K) bool: finite pairs, and of targets that (almost) coincide the first."""
    finite = torch.isfinite(source).all(-1) & torch.isfinite(target).all(-1)
    bounded = _bounded(target, size)
    close = (bounded[:, :, None] - bounded[:, None]).square().sum(-1) < MERGE_DISTANCE**2
    return finite & ~(close & finite[:, None]).tril(-1).any(-1)


def _solve_spline(points: Tensor, values: Tensor, usable: Tensor) -> tuple[Tensor, Tensor]:
    """Weights (B, K, 2) and affine part (B, 3, 2: of x, of y, constant)."""
    batch, count = points.shape[:2]
    linear = torch.cat((points, torch.ones_like(points[..., :1])), -1) * usable[..., None]
    kernel = _thin_plate(points, points) * (usable[:, :, None] & usable[:, None])
    # A control point that is left out keeps its place in the batch as "its weight is 0".
    kernel = kernel + torch.diag_embed((~usable).double())
    system = points.new_zeros(batch, count + 3, count + 3)
    system[:, :count, :count] = kernel
    system[:, :count, count:] = linear
    system[:, count:, :count] = linear.mT
    solution = torch.linalg.solve(system, F.pad(values * usable[..., None], (0, 0, 0, 3)))
    return solution[:, :count], solution[:, count:]


def _evaluate_spline(places: Tensor, points: Tensor, weights: Tensor, affine: Tensor) -> Tensor:
    """The spline at places (N, 2) -> (B, N, 2) float32.

    In double precision: close landmarks that move apart have large weights of opposite sign. In pieces that
    stay in the processor's cache.
    """
    pieces = []
    for piece in places.split(max(1, SPLINE_PIECE // len(points))):
        piece = piece[None].expand(len(points), -1, -1)
        flow = torch.baddbmm(affine[:, 2:], piece, affine[:, :2])
        pieces.append(torch.baddbmm(flow, _thin_plate(piece, points), weights).float())
    return torch.cat(pieces, 1)


def _thin_plate(places: Tensor, points: Tensor) -> Tensor:
    """φ = ½ r² ln max(r², ε) between (B, N, 2) and (B, K, 2) -> (B, N, K)."""
    squared = (places[..., None, 0] - points[:, None, :, 0]).square_()
    squared += (places[..., None, 1] - points[:, None, :, 1]).square_()
    return squared.clamp_min(1e-15).log_().mul_(squared).mul_(0.5)


def _pixel_grid(height: int, width: int, device: torch.device) -> Tensor:
    y, x = torch.arange(height, device=device), torch.arange(width, device=device)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).float()


def _resize(image: Tensor, height: int, width: int) -> Tensor:
    if image.shape[-2:] == (height, width):
        return image
    return F.interpolate(image, (height, width), mode="bilinear", align_corners=True)


def _sample(image: Tensor, grid: Tensor, align_corners: bool = False, padding: str = "zeros") -> Tensor:
    """grid_sample in float32 whatever the autocast type, a batch of 1 broadcast without a copy."""
    batch = max(len(image), len(grid))
    with torch.autocast(image.device.type, enabled=False):
        sampled = F.grid_sample(
            image.float().expand(batch, -1, -1, -1),
            grid.float().expand(batch, -1, -1, -1),
            mode="bilinear",
            padding_mode=padding,
            align_corners=align_corners,
        )
    return sampled.to(image.dtype)
