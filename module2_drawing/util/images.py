"""Photos and drawings as uint8 arrays and as tensors in [−1, 1]."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from torch import Tensor


def resized(image: np.ndarray, size: int) -> np.ndarray:
    """(H, W[, 3]) uint8 → (size, size[, 3]) uint8, Pillow's bicubic (which smooths when it reduces)."""
    if image.shape[:2] == (size, size):
        return image
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))


def to_tensor(image: np.ndarray) -> Tensor:
    """(H, W[, C]) uint8 → (1, C, H, W) float32, 0 → −1 and 255 → 1."""
    import torch

    planes = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
    # In this order of operations the rounding is that of the usual ToTensor and Normalize(0.5, 0.5).
    return torch.tensor(np.ascontiguousarray(planes)).float().div_(255).sub_(0.5).div_(0.5)[None]


def to_image(tensor: Tensor, rounded: bool = False) -> np.ndarray:
    """(C, H, W) or (1, C, H, W) in [−1, 1] → (H, W, 3) uint8; grey is repeated.

    Fractions of grey levels are cut off, as the published program does, or rounded: paper stays white.
    """
    planes = (tensor[0] if tensor.ndim == 4 else tensor).detach().float().cpu().numpy()
    if planes.shape[0] == 1:
        planes = np.repeat(planes, 3, 0)
    image = (planes.transpose(1, 2, 0) + 1) / 2.0 * 255.0 + (0.5 if rounded else 0.0)
    return np.clip(image, 0, 255).astype(np.uint8)


def stretched(image: np.ndarray, aspect_ratio: float) -> np.ndarray:
    """(H, W, 3) uint8, made wider (aspect ratio above 1) or higher (below 1), bicubic."""
    height, width = image.shape[:2]
    size = (int(width * aspect_ratio), height) if aspect_ratio > 1 else (width, int(height / aspect_ratio))
    return (
        image
        if aspect_ratio == 1
        else np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
    )
