"""Face windows cut out of frames, batched and differentiable: what the landmark and identity nets look at."""

import torch
import torch.nn.functional as F
from torch import Tensor


def cut_windows(
    image: Tensor, windows: Tensor, size: tuple[int, int], mode: str, align_corners: bool
) -> Tensor:
    """Cut windows out and scale them, as `interpolate` would scale the cut-out; white outside the frame.

    image: (B, C, H, W) in [−1, 1]; windows: (B, 4) px, left, right, top, bottom, as in image[top:bottom];
    size: (height, width) of the result; mode: "bilinear" or "bicubic". Returns (B, C, height, width).
    """
    windows = windows.to(image.device, torch.float32)
    x = _places(windows[:, 0], windows[:, 1], size[1], align_corners)
    y = _places(windows[:, 2], windows[:, 3], size[0], align_corners)
    return sample(image, torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1), mode)


def sample(image: Tensor, places: Tensor, mode: str) -> Tensor:
    """Read an image (B, C, H, W) in [−1, 1] at places (B, h, w, 2) px, x y; white outside. → (B, C, h, w)."""
    height, width = image.shape[-2:]
    # Pixel i of the frame is at (2 i + 1) / n − 1, the scale of align_corners=False.
    grid = (2 * places + 1) / places.new_tensor((width, height)) - 1
    with torch.autocast(image.device.type, enabled=False):
        # Zeros outside, of an image moved so that white is zero.
        cut = F.grid_sample(image.float() - 1, grid, mode=mode, padding_mode="zeros", align_corners=False)
    return cut + 1


def _places(start: Tensor, end: Tensor, count: int, align_corners: bool) -> Tensor:
    """(B,) bounds px → (B, count) px positions of the samples."""
    steps = torch.arange(count, device=start.device, dtype=torch.float32)
    length = (end - start)[:, None]
    if align_corners:
        return start[:, None] + steps * (length - 1) / (count - 1)
    return start[:, None] + (steps + 0.5) * length / count - 0.5
