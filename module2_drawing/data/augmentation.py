"""Augmentation: changes of a photo that its drawing does not follow (light, colour, sharpness, noise), and of
face windows as the landmark network is to know them: moved, turned, stretched, bent, blurred."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from ..losses.windows import sample

_ROUNDS = 4  # of the search for a bent landmark, each of which leaves a few hundredths of the error


def augment_photo(photo: Tensor, random: np.random.Generator) -> Tensor:
    """(3, S, S) in [−1, 1] → the same, as another camera under another light might have taken it."""
    image = photo.numpy().transpose(1, 2, 0) / 2 + 0.5
    if random.random() < 0.7:
        image = image ** random.uniform(0.75, 1.35) * random.uniform(0.85, 1.15, 3)
        image = (image - 0.5) * random.uniform(0.8, 1.2) + 0.5
    if random.random() < 0.15:
        image = np.repeat(image.mean(2, keepdims=True), 3, 2)
    if random.random() < 0.25:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.2))
    if random.random() < 0.3:
        image = image + random.normal(0, random.uniform(0, 0.03), image.shape)
    image = np.clip(image, 0, 1).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))) * 2 - 1


@dataclass(frozen=True)
class Amounts:
    """shift: at most, of the window's side, by which it moves and its sides change; turn: degrees at most;
    bend: σ, of the side, by which the points of a net of 4 × 4 move."""

    shift: float = 0.04
    turn: float = 8.0
    bend: float = 0.015


def bent_windows(
    image: Tensor,
    landmarks: Tensor,
    windows: Tensor,
    size: int,
    random: np.random.Generator,
    amounts: Amounts,
) -> tuple[Tensor, Tensor]:
    """Cut windows out of frames, each changed at random, with the landmarks they then show.

    image (B, C, H, W) in [−1, 1], landmarks (B, 68, 2) px, windows (B, 4) px: left, right, top, bottom.
    Returns faces (B, C, size, size) and landmarks (B, 68, 2) as fractions of the face.
    """
    windows = windows.to(image.device, torch.float32)
    draws = torch.from_numpy(random.uniform(-1, 1, (len(windows), 6))).to(windows)
    sides = torch.stack((windows[:, 1] - windows[:, 0], windows[:, 3] - windows[:, 2]), 1)
    middle = (windows[:, 0::2] + windows[:, 1::2]) / 2 + amounts.shift * draws[:, :2] * sides
    growth = 1 + amounts.shift * (2 * draws[:, 2:3] + draws[:, 3:5])
    axes = _turned(sides * growth, torch.deg2rad(amounts.turn * draws[:, 5]))
    knots = torch.from_numpy(random.normal(0, amounts.bend, (len(windows), 2, 4, 4))).to(windows)
    field = F.interpolate(knots, (size, size), mode="bicubic", align_corners=True)

    steps = (torch.arange(size, device=windows.device) + 0.5) / size
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    inside = torch.stack((x, y), -1) - 0.5 + field.permute(0, 2, 3, 1)
    places = torch.einsum("bij,bhwj->bhwi", axes, inside) + middle[:, None, None] - 0.5
    wanted = torch.linalg.solve(axes, (landmarks.to(windows) - middle[:, None]).mT).mT + 0.5
    found = wanted
    for _ in range(_ROUNDS):
        bend = F.grid_sample(field, 2 * found[:, :, None] - 1, padding_mode="border", align_corners=False)
        found = wanted - bend[..., 0].mT
    return sample(image, places, "bicubic"), found


def degraded(faces: Tensor, random: np.random.Generator) -> Tensor:
    """Drawn faces (B, C, h, w) in [−1, 1] as a generator may draw them: blurred, with other contrast."""
    if random.random() < 0.5:
        sigma = float(random.uniform(0.3, 1.2))
        faces = gaussian_blur(faces, [5, 5], [sigma, sigma])
    strength = torch.from_numpy(random.uniform(0.6, 1.15, (len(faces), 1, 1, 1))).to(faces)
    return (1 - strength * (1 - faces)).clamp(-1, 1)


def _turned(sides: Tensor, angles: Tensor) -> Tensor:
    """Sides (B, 2) px and angles (B,) rad → (B, 2, 2): columns are the window's axes in the frame, px."""
    cos, sin = angles.cos(), angles.sin()
    rotation = torch.stack((torch.stack((cos, -sin), 1), torch.stack((sin, cos), 1)), 1)
    return rotation * sides[:, None]
