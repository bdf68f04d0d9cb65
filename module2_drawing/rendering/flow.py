"""Flows: how a photo moves to target landmarks. Flow B is sparse, flow A regressed or a spline."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints

from ..geometry.landmark_motion import landmark_flow
from ..geometry.warping import landmark_discs, sparse_motion_grid
from .backends import PathLike, loaded

FLOW_SIZE = 224  # px that flow A is regressed at
FLOW_SCALE = 20.0  # px of one unit of the regressed flow


@dataclass(frozen=True)
class Motion:
    """How a photo of S² moves to B targets.

    grid: flow B, (B, S, S, 2), see `sparse_motion_grid`. flow: flow A, (B, 2, S, S) px as x, y: a pixel of
    the target frame shows the source at pixel + flow, where visible, (B, 1, S, S), is above 0.5.
    spline: `landmark_flow`, (B, 2, S, S) px, where it was computed.
    """

    grid: Tensor
    flow: Tensor
    visible: Tensor
    spline: Tensor | None = None


class FlowRegressor:
    """Flow A: a network on landmark discs (published: a U-Net), else the thin-plate spline of the landmarks.

    checkpoints_dir: where the network's weights are looked for; None takes the spline.
    """

    def __init__(self, checkpoints_dir: PathLike | None, device: torch.device) -> None:
        self._network: nn.Module | None = None
        self.description = "flow A: thin-plate spline of the landmarks"
        if checkpoints_dir is None:
            return
        found = checkpoints.find("flow_regression", checkpoints_dir)
        if found is None:
            self.description += " (no flow regression checkpoint)"
        else:
            self._network = loaded(nn.Module, found, device)
            self.description = f"flow A: regressed, {found.path}"

    def motion(self, source: Tensor, targets: Tensor, size: int, with_spline: bool = False) -> Motion:
        """Both flows from source (B or 1, 68, 2) px of size² to targets (B, 68, 2) px.

        with_spline: the landmarks' spline is wanted even where flow A is regressed.
        """
        grid = sparse_motion_grid(source, targets, size)
        spline = landmark_flow(source, targets, size) if with_spline or self._network is None else None
        if self._network is None:
            return Motion(grid, spline, torch.ones_like(spline[:, :1]), spline)  # type: ignore[index]
        return Motion(grid, *self._regressed(source, targets, size), spline)  # type: ignore[call-arg]

    @torch.no_grad()
    def _regressed(self, source: Tensor, targets: Tensor, size: int) -> tuple[Tensor, Tensor]:
        batch = max(len(source), len(targets))
        pair = (points.expand(batch, -1, -1) for points in (source, targets))
        discs = [landmark_discs(points, FLOW_SIZE, frame=size) for points in pair]
        flow, visibility = self._network(torch.cat(discs, 1))[:2]  # type: ignore[misc]
        mask = (visibility.argmax(1, keepdim=True) < 2).float()
        flow = flow * FLOW_SCALE * mask / FLOW_SIZE * size
        return tuple(
            F.interpolate(x, (size, size), mode="bilinear", align_corners=True) for x in (flow, mask)
        )
