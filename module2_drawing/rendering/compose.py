"""Composition: images in [−1, 1] laid over each other by masks, and what masks and holes need."""

import cv2
import numpy as np
import torch
from torch import Tensor

from ..util.images import to_image, to_tensor
from .filling import BLUR_TAIL, filled_uint8


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


def softened(mask: Tensor, sigma: float) -> Tensor:
    """Masks (B, 1, H, W) in {0, 1} with an edge blurred by `sigma` px, between the two levels it had.

    Without the blur's tails, whose grey levels would come and go in the background as the mask moves.
    """
    if sigma == 0:
        return mask
    return ((blurred(mask, sigma) - BLUR_TAIL) / (1 - 2 * BLUR_TAIL)).clamp(0, 1)


def crisper(image: Tensor, amount: float | Tensor, sigma: float = 1.0) -> Tensor:
    """Unsharp mask: images (B, C, H, W) in [−1, 1] plus `amount` times what a blur of `sigma` px takes."""
    return (image + amount * (image - blurred(image, sigma))).clamp(-1, 1)


def blurred(image: Tensor, sigma: float) -> Tensor:
    """Images (B, C, H, W) blurred by a Gaussian of `sigma` px, cut off at 3 σ."""
    from torchvision.transforms.functional import gaussian_blur  # half a second to import

    return gaussian_blur(image, 2 * round(3 * sigma) + 1, sigma)


def filled_in(images: Tensor, holes: Tensor, radius: float = 3.0) -> Tensor:
    """Images (B, C, S, S) in [−1, 1] with their holes (B, 1, S, S) in {0, 1} painted from around.

    Telea, "An image inpainting technique based on the fast marching method" (2004), within `radius` px. In a
    line drawing (C = 1) what is painted becomes ink or paper: smears of lines would be neither.
    """
    return torch.stack([_filled_in(*pair, radius) for pair in zip(images, holes, strict=True)])


def _filled_in(image: Tensor, hole: Tensor, radius: float) -> Tensor:
    pixels, where = to_image(image, rounded=True), hole[0].cpu().numpy().astype(np.uint8)
    painted = filled_uint8(pixels[..., 0].copy() if len(image) == 1 else pixels, where, radius)
    painted = painted if painted.ndim == 3 else painted[..., None]
    return torch.where(hole > 0, to_tensor(painted)[0].to(image)[: len(image)], image)
