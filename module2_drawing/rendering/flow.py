"""Flow A: regressed by the published network, else the spline through the landmarks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints

from ..geometry.landmark_motion import landmark_flow
from ..geometry.warping import landmark_discs
from ..networks import FlowRegressionUNet
from .backends import SIZE, PathLike, loaded

FLOW_SIZE = 224  # px that flow A is regressed at
FLOW_SCALE = 20.0  # px of one unit of the regressed flow


class FlowRegressor:
    """Flow A: the published U-Net on landmark discs, else the thin-plate spline through the landmarks."""

    def __init__(self, checkpoints_dir: PathLike, device: torch.device) -> None:
        self._network: nn.Module | None = None
        found = checkpoints.find("flow_regression", checkpoints_dir)
        if found is None:
            self.description = "flow A: thin-plate spline of the landmarks (no flow regression checkpoint)"
        else:
            self._network = loaded(FlowRegressionUNet, found, device)
            self.description = f"flow A: regressed, {found.path}"

    @property
    def has_network(self) -> bool:
        """Whether flow A is regressed; otherwise it is `landmark_flow`."""
        return self._network is not None

    @torch.no_grad()
    def __call__(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Landmarks (B or 1, 68, 2) px of 256² → flow (B, 2, 256, 256) px as x, y; mask (B, 1, 256, 256).

        A pixel of the target frame shows the source at pixel + flow, where the mask is 1.
        """
        if self._network is None:
            return spline_backward_flow(source, target)
        batch = max(len(source), len(target))
        discs = [landmark_discs(points.expand(batch, -1, -1), FLOW_SIZE) for points in (source, target)]
        flow, visibility = self._network(torch.cat(discs, 1))[:2]
        mask = (visibility.argmax(1, keepdim=True) < 2).float()
        flow = flow * FLOW_SCALE * mask
        size = (SIZE, SIZE)
        flow = F.interpolate(flow / FLOW_SIZE * SIZE, size, mode="bilinear", align_corners=True)
        return flow, F.interpolate(mask, size, mode="bilinear", align_corners=True)


def spline_backward_flow(source: Tensor, target: Tensor, stride: int = 2) -> tuple[Tensor, Tensor]:
    """The landmarks' own motion in flow A's form: flow (B, 2, 256, 256) px as x, y, and a mask of ones."""
    flow = landmark_flow(source, target, SIZE, stride)
    return flow, torch.ones_like(flow[:, :1])
