"""Flow regression (flow A): from source and target landmark discs to a dense flow and its visibility."""

from math import log2
from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from module1_audio2lmk.foundation.errors import InputError

NORMS: dict[str, type[nn.Module]] = {"batch": nn.BatchNorm2d, "instance": nn.InstanceNorm2d}
FLOW_SCALE = 20.0  # px of one unit of a regressed flow
VISIBILITY_CLASSES = 3  # visible, invisible, background


class FlowPrediction(NamedTuple):
    """Flow in units of 20 px of the input, x then y; visibility logits: visible, invisible, background."""

    flow: Tensor  # (B, 2, S, S)
    visibility: Tensor  # (B, 3, S, S)
    pyramid: tuple[
        Tensor, ...
    ]  # flow of every level, coarse to fine, (B, 2, ·, ·); the last is `flow` / start_scale


class FlowNetwork(Protocol):
    """What flow A by discs has to be, built without arguments: `frame`, px that flow is measured in and at,
    `grid`, the same, and a forward from 136 channels of discs, source then target, at that size."""

    frame: int
    grid: int

    def __call__(self, discs: Tensor) -> FlowPrediction:
        """Discs (B, 136, frame, frame) in {0, 1} → flow and visibility."""


class UNetBlock(nn.Module):
    """One level: down, the nested level, up; a flow is predicted from what comes up."""

    def __init__(
        self, outer: int, inner: int, norm: str, outermost: bool, submodule: "UNetBlock | None"
    ) -> None:
        super().__init__()
        bias = norm != "batch"  # batch norm brings its own
        down: list[nn.Module] = [] if outermost else [nn.LeakyReLU(0.2)]
        down.append(nn.Conv2d(outer, inner, 4, stride=2, padding=1, bias=bias))
        if submodule is not None:
            down.append(NORMS[norm](inner))
        self.down = nn.Sequential(*down)
        self.submodule = submodule
        rising = inner if submodule is None else 2 * inner
        self.up = nn.Sequential(
            nn.ReLU(),
            nn.ConvTranspose2d(rising, outer, 4, stride=2, padding=1, bias=bias or outermost),
            NORMS[norm](outer),
        )
        self.predict_flow = nn.Sequential(nn.LeakyReLU(0.1), nn.Conv2d(outer, 2, 3, padding=1))

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """(B, outer, H, W) -> the same shape and the flows of this and the inner levels, coarse to fine."""
        below, flows = self.down(x), ()
        if self.submodule is not None:
            risen, flows = self.submodule(below)
            below = torch.cat((below, risen), 1)
        up = self.up(below)
        return up, (*flows, self.predict_flow(up))


class FlowRegressionUNet(nn.Module):
    """U-Net that regresses a flow from landmark discs.

    input_nc: channels of the input, 68 source discs and 68 target discs.
    nf, max_nf: channels after the first convolution, and at most.
    start_scale: power of two; the U-Net works on 1 / start_scale of the input.
    num_scale: levels of the U-Net.
    norm: "batch" or "instance".
    """

    frame = grid = 224  # px that flow is measured in, and at

    def __init__(
        self,
        input_nc: int = 136,
        nf: int = 32,
        max_nf: int = 512,
        start_scale: int = 2,
        num_scale: int = 4,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        if norm not in NORMS:
            raise InputError(
                f"unknown normalisation '{norm}' of the flow network; use one of {', '.join(NORMS)}"
            )
        if min(nf, max_nf) < 1:
            raise InputError(
                f"the flow network cannot have nf {nf}, max_nf {max_nf}; both must be at least 1"
            )
        if start_scale < 1 or start_scale & (start_scale - 1) or num_scale < 1:
            raise InputError(
                f"the flow network cannot have start_scale {start_scale}, num_scale {num_scale}; "
                "start_scale must be a power of two and num_scale at least 1"
            )
        self.start_scale = start_scale
        bias = norm != "batch"
        stem = [nn.Conv2d(input_nc, nf, 7, padding=3, bias=bias), NORMS[norm](nf), nn.LeakyReLU(0.1)]
        width = nf
        for _ in range(int(log2(start_scale))):
            conv = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=bias)
            width *= 2
            stem += [conv, NORMS[norm](width), nn.LeakyReLU(0.1)]
        self.conv_downsample = nn.Sequential(*stem)
        block: UNetBlock | None = None
        for level in reversed(range(num_scale)):
            outer, inner = min(max_nf, width * 2**level), min(max_nf, width * 2 ** (level + 1))
            block = UNetBlock(outer, inner, norm, level == 0, block)
        assert block is not None  # as num_scale is at least 1
        self.unet_block = block
        self.predict_vis = nn.Sequential(
            nn.LeakyReLU(0.1), nn.Conv2d(min(max_nf, width), VISIBILITY_CLASSES, 3, padding=1)
        )

    def forward(self, discs: Tensor) -> FlowPrediction:
        """Discs (B, input_nc, S, S) in {0, 1}, source then target; start_scale · 2^num_scale divides S."""
        up, pyramid = self.unet_block(self.conv_downsample(discs))
        return FlowPrediction(self._enlarge(pyramid[-1]), self._enlarge(self.predict_vis(up)), pyramid)

    def _enlarge(self, x: Tensor) -> Tensor:
        if self.start_scale == 1:
            return x
        return F.interpolate(x, scale_factor=self.start_scale, mode="bilinear", align_corners=False)
