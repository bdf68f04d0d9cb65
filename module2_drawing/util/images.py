"""Photos and drawings as uint8 arrays and as tensors in [−1, 1]."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

INK_BELOW, INK_CONTRAST = 80, 8.0  # grey level and steepness at which a smear of ink counts as ink


def resized(image: np.ndarray, size: int) -> np.ndarray:
    """(H, W[, 3]) uint8 → (size, size[, 3]) uint8, Pillow's bicubic (which smooths when it reduces)."""
    if image.shape[:2] == (size, size):
        return image
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))


def to_tensor(image: np.ndarray) -> Tensor:
    """(H, W[, C]) uint8 → (1, C, H, W) float32, 0 → −1 and 255 → 1."""
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


def on_white(image: Tensor, mask: Tensor) -> Tensor:
    """The image in [−1, 1] where the mask (0…1) is 1, white elsewhere."""
    return ((image / 2 + 0.5) * mask + 1 - mask) * 2 - 1


def blend(front: Tensor, back: Tensor, mask: Tensor) -> Tensor:
    """Images in [−1, 1]: `front` where the mask (0…1) is 1, `back` where it is 0, mixed in between."""
    return ((front / 2 + 0.5) * mask + (back / 2 + 0.5) * (1 - mask)) * 2 - 1


def widen(mask: Tensor, radius: int) -> Tensor:
    """Widen masks (B, 1, H, W) in {0, 1} by a disc of `radius` px."""
    if radius == 0:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    widened = [cv2.dilate(plane, disc) for plane in mask[:, 0].cpu().numpy()]
    return torch.from_numpy(np.stack(widened)).to(mask)[:, None]


def crisper(image: Tensor, amount: float | Tensor, sigma: float = 1.0) -> Tensor:
    """Unsharp mask: images (B, C, H, W) in [−1, 1] plus `amount` times what a blur of `sigma` px takes."""
    size = 2 * round(3 * sigma) + 1
    return (image + amount * (image - gaussian_blur(image, [size, size], [sigma, sigma]))).clamp(-1, 1)


def filled_in(image: Tensor, hole: Tensor, radius: float = 3.0) -> Tensor:
    """An image (1, C, S, S) in [−1, 1] with its hole (1, 1, S, S) in {0, 1} painted from around.

    Telea, "An image inpainting technique based on the fast marching method" (2004), within `radius` px. In a
    line drawing (C = 1) what is painted becomes ink or paper: smears of lines would be neither.
    """
    pixels, where = to_image(image, rounded=True), hole[0, 0].cpu().numpy().astype(np.uint8)
    painted = cv2.inpaint(pixels, where, radius, cv2.INPAINT_TELEA)
    if image.shape[1] == 1:
        smooth = cv2.GaussianBlur(painted, (0, 0), radius).astype(np.float32)
        painted = np.clip((smooth - INK_BELOW) * INK_CONTRAST, 0, 255).astype(np.uint8)
    return torch.where(hole > 0, to_tensor(painted).to(image)[:, : image.shape[1]], image)


def stretched(image: np.ndarray, aspect_ratio: float) -> np.ndarray:
    """(H, W, 3) uint8, made wider (aspect ratio above 1) or higher (below 1), bicubic."""
    height, width = image.shape[:2]
    size = (int(width * aspect_ratio), height) if aspect_ratio > 1 else (width, int(height / aspect_ratio))
    return (
        image
        if aspect_ratio == 1
        else np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
    )
