"""Flows: how a photo moves to target landmarks. Flow B is sparse, flow A regressed or a spline."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError

from ..geometry.landmark_motion import landmark_flow, with_skulls
from ..geometry.warping import landmark_discs, sparse_motion_grid
from ..networks import FlowCorrection
from ..networks.flow_regression import FLOW_SCALE, FlowNetwork
from .backends import PathLike, loaded


@dataclass(frozen=True)
class Motion:
    """How a photo of S² moves to B targets.

    flow_b: (B, S, S, 2), see `sparse_motion_grid`. flow_a: (B, 2, S, S) px as x, y: a pixel of the target
    frame shows the source at pixel + flow, where visible, (B, 1, S, S), is above 0.5.
    spline: `landmark_flow`, (B, 2, S, S) px, where computed. corrected: flow A is that spline, corrected.
    """

    flow_b: Tensor
    flow_a: Tensor
    visible: Tensor
    spline: Tensor | None = None
    corrected: bool = False

    @property
    def whole(self) -> Tensor | None:
        """What moves all of a drawing: the spline, corrected where that is known; None where neither is."""
        return self.flow_a if self.corrected else self.spline


class FlowRegressor:
    """Flow A: a network on landmark discs (published: a U-Net) or one that corrects the landmarks' thin-plate
    spline, else that spline.

    checkpoints_dir: where published weights are looked for; None takes the spline. own: own weights, in the
    place of published ones; without them InputError.
    """

    def __init__(self, checkpoints_dir: PathLike | None, device: torch.device, own: bool = False) -> None:
        self._network: Any = None
        self.weights: Path | None = None
        self.description = "flow A: thin-plate spline of the landmarks"
        if checkpoints_dir is None:
            return
        found = checkpoints.find("flow_regression", checkpoints_dir, own=own)
        if found is None and own:
            raise InputError(
                f"no own weights of flow A in {checkpoints_dir}; copy flow_regression.safetensors"
            )
        if found is None or (found.origin == "default" and not own):
            self.description += " (no published flow regression checkpoint)"
        else:
            self._network = loaded(nn.Module, found, device)
            self.weights = found.path
            self.description = f"flow A: regressed, {found.path}"

    def motion(self, source: Tensor, targets: Tensor, size: int, with_spline: bool = False) -> Motion:
        """Both flows from source (B or 1, 68, 2) px of size² to targets (B, 68, 2) px.

        with_spline: the landmarks' spline is wanted even where flow A is regressed.
        """
        flow_b = sparse_motion_grid(source, targets, size)
        network = self._network
        if network is None or isinstance(network, FlowCorrection):
            spline = landmark_flow(source, targets, size)
            flow = spline if network is None else corrected(network, source, targets, spline)
            return Motion(flow_b, flow, torch.ones_like(flow[:, :1]), spline, network is not None)
        flow, visible = regressed(network, source, targets, size)
        return Motion(flow_b, flow, visible, landmark_flow(source, targets, size) if with_spline else None)


@torch.no_grad()
def corrected(network: FlowCorrection, source: Tensor, targets: Tensor, spline: Tensor) -> Tensor:
    """Flow A (B, 2, S, S) px: the landmarks' spline, corrected by the network, and by the skull around the
    face."""
    size = spline.shape[-1]
    unit = network.frame / size
    marks = (points.expand(len(spline), -1, -1) * unit for points in (source, targets))
    coarse = resampled(spline, network.grid) * unit
    return with_skulls(spline + resampled(network(*marks, coarse), size) / unit, source, targets)


@torch.no_grad()
def regressed(network: FlowNetwork, source: Tensor, targets: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Flow A (B, 2, S, S) px and where it is visible (B, 1, S, S) in [0, 1], by the network."""
    batch = max(len(source), len(targets))
    pair = (points.expand(batch, -1, -1) for points in (source, targets))
    discs = [landmark_discs(points, network.frame, frame=size) for points in pair]
    flow, visibility = network(torch.cat(discs, 1))[:2]
    mask = (visibility.argmax(1, keepdim=True) < 2).float()
    flow = flow * FLOW_SCALE * mask / network.frame * size
    return resampled(flow, size), resampled(mask, size)


def spline_at(source: Tensor, targets: Tensor, size: int, grid: int) -> Tensor:
    """`landmark_flow` in px of `size`, (B, 2, grid, grid): from the first pixel's centre to the last's."""
    return resampled(landmark_flow(source, targets, size, stride=4), grid)


def resampled(flow: Tensor, size: int) -> Tensor:
    """(B, C, H, W) → (B, C, size, size), bilinear; corners stay."""
    return F.interpolate(flow, (size, size), mode="bilinear", align_corners=True)
