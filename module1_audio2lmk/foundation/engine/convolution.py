"""Fast convolutions for training on a CPU: Winograd's minimal filtering, with its own gradients.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016), equation 8: outputs are

    Y = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ d B)] A

of a 6 × 6 tile d of the input and a filter w of r × r, with 7 − r outputs a side. At each of 36 places ⊙ is
a matrix product over the channels, and the gradients are the transposed maps. A quarter of the
multiplications is left; results differ from direct ones by about 1e-5 of the largest.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

TILE = 6
POINTS = (0.0, 1.0, -1.0, 2.0, -2.0)  # and infinity; larger ones cost precision
SIZES = (3, 4)  # of filters
FEWEST_CHANNELS, FEWEST_TILES = 128, 64  # below, a direct convolution is as fast


@cache
def matrices(size: int) -> tuple[Tensor, Tensor, Tensor]:
    """A (6, 7 − size), G (6, size) and Bᵀ (6, 6), by Toom and Cook."""

    def powers(count: int) -> Tensor:
        at = torch.tensor(POINTS, dtype=torch.float64)[:, None] ** torch.arange(count)
        return torch.cat((at, F.one_hot(torch.tensor([count - 1]), count)))

    inverse = torch.linalg.inv(powers(TILE)).T
    return powers(TILE + 1 - size).float(), powers(size).float(), inverse.float().contiguous()


def _both(matrix: Tensor, tiles: Tensor) -> Tensor:
    """matrix (m, n), tiles (n, n, …) → matrix · tile · matrixᵀ of each: (m, m, …)."""
    count, rest = len(matrix), tiles.shape[2:]
    rows = (matrix @ tiles.reshape(matrix.shape[1], -1)).view(count, matrix.shape[1], -1)
    return torch.matmul(matrix, rows).view(count, count, *rest)


class _Winograd(torch.autograd.Function):
    """(N, H, W, C), (O, C, r, r) → (N, H − r + 1, W − r + 1, O), no padding, stride 1."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, weight: Tensor) -> Tensor:
        out, into, size = weight.shape[:3]
        output, filter_, spread = matrices(size)
        step = TILE + 1 - size
        height, width = (side + 1 - size for side in image.shape[1:3])
        down, across = -(-height // step), -(-width // step)
        filled = _filled(image, down * step + size - 1, across * step + size - 1)
        tiles = filled.unfold(1, TILE, step).unfold(2, TILE, step).permute(4, 5, 0, 1, 2, 3)
        seen = _both(spread, tiles).view(TILE**2, -1, into)
        filters = _both(filter_, weight.permute(2, 3, 1, 0)).view(TILE**2, into, out)
        products = torch.bmm(seen, filters).view(TILE, TILE, len(image), down, across, out)
        made = _both(output.T.contiguous(), products).permute(2, 3, 0, 4, 1, 5)
        ctx.save_for_backward(seen, filters)
        ctx.shapes = image.shape, size, down, across
        return made.reshape(len(image), down * step, across * step, out)[:, :height, :width]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        seen, filters = ctx.saved_tensors
        shape, size, down, across = ctx.shapes
        output, filter_, spread = matrices(size)
        step = TILE + 1 - size
        filled = _filled(gradient, down * step, across * step).contiguous()
        tiles = filled.view(shape[0], down, step, across, step, -1).permute(2, 4, 0, 1, 3, 5)
        products = _both(output, tiles).view(TILE**2, -1, filters.shape[2])
        of_image = of_weight = None
        if ctx.needs_input_grad[0]:
            tiles = torch.bmm(products, filters.mT).view(TILE, TILE, shape[0], down, across, -1)
            of_image = _added(_both(spread.T.contiguous(), tiles), step)[:, : shape[1], : shape[2]]
        if ctx.needs_input_grad[1]:
            of_filters = torch.bmm(seen.mT, products).view(TILE, TILE, *filters.shape[1:])
            of_weight = _both(filter_.T.contiguous(), of_filters).permute(3, 2, 0, 1).contiguous()
        return of_image, of_weight


def _filled(image: Tensor, height: int, width: int) -> Tensor:
    """Zeros below and to the right of (N, H, W, C), up to a size."""
    return F.pad(image, (0, 0, 0, width - image.shape[2], 0, height - image.shape[1]))


def _added(tiles: Tensor, step: int) -> Tensor:
    """(6, 6, N, down, across, C), overlapping tiles added up: (N, H, W, C)."""
    count, down, across, channels = tiles.shape[2:]
    rows = tiles.new_zeros(TILE, count, (down - 1) * step + TILE, across, channels)
    for i in range(TILE):
        rows[:, :, i : i + (down - 1) * step + 1 : step] += tiles[i]
    image = tiles.new_zeros(count, rows.shape[2], (across - 1) * step + TILE, channels)
    for j in range(TILE):
        image[:, :, j : j + (across - 1) * step + 1 : step] += rows[j]
    return image


def convolution(image: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`F.conv2d` of (N, C, H, W) and filters of SIZES, stride 1, without padding."""
    made = _Winograd.apply(image.permute(0, 2, 3, 1).contiguous(), weight)
    return (made if bias is None else made + bias).permute(0, 3, 1, 2)


class FastConvolutions(TorchFunctionMode):
    """A context in which the convolutions that `convolution` can do, and does faster, are done by it."""

    def __torch_function__(
        self, func: Callable, types: Iterable[type], args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        if func is torch.conv2d and not kwargs and _fits(*args):
            up, left = args[4] if len(args) > 4 else (0, 0)
            return convolution(F.pad(args[0], (left, left, up, up)), *args[1:3])
        return func(*args, **(kwargs or {}))


def _fits(
    image: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = (1, 1),
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
    groups: int = 1,
) -> bool:
    if image.device.type != "cpu" or image.dtype != torch.float32 or weight.dtype != torch.float32:
        return False
    height, width = weight.shape[2:]
    plain = (stride, dilation, groups) == ((1, 1), (1, 1), 1) and not isinstance(padding, str)
    if not plain or height != width or height not in SIZES:
        return False
    tiles = image.shape[0] * image.shape[2] * image.shape[3] // (TILE + 1 - height) ** 2
    return min(weight.shape[:2]) >= FEWEST_CHANNELS and tiles >= FEWEST_TILES
