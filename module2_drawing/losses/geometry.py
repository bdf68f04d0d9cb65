"""Geometry loss: the landmarks found in the frame are the target's, and the lips' contour is black.

    L_geom = Σ over both frames of E‖M(f) − l_t‖² without the lips + w · E‖M(f) − l_t‖² of the lips
    L_line = Σ over both frames of E[(f + 1) · m]

M is the landmark network, coordinates are divided by the frame's size, w is 2 (`--more_weight_for_lip 2`).
m is 1 on the lines between neighbouring lip landmarks, where the drawing f should be black (−1).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..networks import MobileFaceNet
from .entry import Drawn, FixedNetwork, Flag, Loss
from .windows import cut_windows

INPUT_SIZE = 112
LIPS_START = 48
OUTER_LIP, INNER_LIP = range(48, 60), range(60, 68)


def find_landmarks(network: nn.Module, drawing: Tensor, windows: Tensor) -> Tensor:
    """Landmarks that a network finds in drawings: (B, 1 or 3, S, S) in [−1, 1] → (B, 68, 2) px.

    network: (B, 3, 112, 112) in [0, 1], BGR → (B, 136) in [0, 1] of the window, x y interleaved.
    windows: (B, 4) px of the faces, left, right, top, bottom.
    """
    face = cut_windows(drawing, windows, (INPUT_SIZE, INPUT_SIZE), "bicubic", align_corners=False)
    face = face.expand(-1, 3, -1, -1) if face.shape[1] == 1 else face.flip(1)
    found = network((face + 1) / 2).float().view(-1, 68, 2)
    windows = windows.to(found)
    start = windows[:, None, 0::2]
    return found * (windows[:, None, 1::2] - start) + start


def geometry_loss(found: Tensor, target: Tensor, size: int, lip_weight: float = 0.0) -> Tensor:
    """found, target: (B, 68, 2) px of size² frames. lip_weight 0: one mean over all 68 landmarks."""
    found, target = found / size, target / size
    if lip_weight == 0:
        return F.mse_loss(found, target)
    face = F.mse_loss(found[:, :LIPS_START], target[:, :LIPS_START])
    return face + lip_weight * F.mse_loss(found[:, LIPS_START:], target[:, LIPS_START:])


def lip_line_mask(landmarks: Tensor, size: int, thickness: float = 2.0) -> Tensor:
    """(B, 68, 2) px → (B, 1, size, size): 1 within half the thickness (px) of a line of the lips, else 0."""
    rings = (OUTER_LIP, INNER_LIP)
    starts = torch.tensor([i for ring in rings for i in ring], device=landmarks.device)
    ends = torch.tensor([i for ring in rings for i in (*ring[1:], ring[0])], device=landmarks.device)
    a, b = landmarks[:, starts].float(), landmarks[:, ends].float()
    mask = torch.zeros(len(a), 1, size, size, device=a.device)
    left, top = (a.amin((0, 1)) - thickness).floor().int().clamp(0, size).tolist()
    right, bottom = (a.amax((0, 1)) + thickness).ceil().int().clamp(0, size).tolist()
    y, x = torch.meshgrid(
        torch.arange(top, bottom, device=a.device), torch.arange(left, right, device=a.device), indexing="ij"
    )
    pixels = torch.stack((x, y), -1).view(1, 1, -1, 2).float()
    along, from_start = (b - a)[:, :, None], pixels - a[:, :, None]
    share = ((from_start * along).sum(-1) / along.square().sum(-1).clamp_min(1e-6)).clamp(0, 1)
    distance = (from_start - share[..., None] * along).square().sum(-1).amin(1)
    near = (distance <= (thickness / 2) ** 2).float()
    mask[:, 0, top:bottom, left:right] = near.view(len(a), bottom - top, right - left)
    return mask


def lip_line_loss(drawing: Tensor, mask: Tensor) -> Tensor:
    """drawing (B, C, S, S) in [−1, 1], mask (B, 1, S, S) → mean lightness above black on the lip lines."""
    return ((drawing + 1) * mask).mean()


def _targets(drawn: Drawn) -> tuple[Tensor, Tensor]:
    return drawn.batch["target1"], drawn.batch["target2"]


def _landmarks(drawn: Drawn, network: nn.Module) -> Tensor:
    weight = 2.0 if drawn.options.more_weight_for_lip == 2 else 0.0
    windows = drawn.batch["target_window1"], drawn.batch["target_window2"]
    found = [find_landmarks(network, *pair) for pair in zip(drawn.frames, windows, strict=True)]
    size = drawn.frames[0].shape[-1]
    pairs = zip(found, _targets(drawn), strict=True)
    return sum(geometry_loss(marks, target, size, weight) for marks, target in pairs)


def _lip_line(drawn: Drawn) -> Tensor:
    size = drawn.frames[0].shape[-1]
    pairs = zip(drawn.frames, _targets(drawn), strict=True)
    return sum(lip_line_loss(frame, lip_line_mask(target, size)) for frame, target in pairs)


LOSSES = (
    Loss(
        "geometry",
        "geom_B",
        "lambda_geom",
        _landmarks,
        FixedNetwork(MobileFaceNet, "mobilefacenet", "landmark_model"),
    ),
    Loss("lip line", "geom_B_lipline", "lambda_geom_lipline", _lip_line),
)
FLAGS = (
    Flag("lambda_geom", 5.0, "weight of the geometry loss"),
    Flag("lambda_geom_lipline", 0.0, "weight of the lip line loss"),
    Flag("more_weight_for_lip", 0, "2: lips count twice in the geometry loss"),
    Flag("landmark_model", "", "weights of the landmark network, if not the known ones"),
)
