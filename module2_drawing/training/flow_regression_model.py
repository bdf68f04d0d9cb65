"""Training of flow A: landmarks of two poses → dense flow; the published U-Net, or a corrected spline."""

import argparse
import json
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from module1_audio2lmk.foundation.files import write_text

from ..data.face_mesh import BACKGROUND, VISIBLE
from ..geometry.warping import landmark_discs
from ..losses.flow import endpoint_error, multiscale_flow_loss, roughness, visibility_loss
from ..networks import FLOW_NETWORKS, FlowCorrection, FlowPrediction, FlowRegressionUNet
from ..networks.flow_regression import FLOW_SCALE
from ..options.flags import Flag
from ..rendering.flow import spline_at
from .base_model import Batch, Losses, Step, TrainingModel

SHAPE = ("nf", "max_nf", "start_scale", "num_scale")


@dataclass(frozen=True)
class Predicted:
    """flow: (B, 2, G, G) px as x, y. prediction: of what sees discs; correction, spline: (B, 2, G, G) px."""

    batch: Batch
    flow: Tensor
    prediction: FlowPrediction | None = None
    correction: Tensor | None = None
    spline: Tensor | None = None


class FlowRegressionModel(TrainingModel):
    """Network netF, saved as the published program does, with train_opt.json beside it."""

    averaged = ("netF",)

    FLAGS = (
        Flag(
            "netF",
            "unet",
            "flow A: the published U-Net, the spline's correction, or one that was added",
            tuple(FLOW_NETWORKS),
        ),
        Flag("lambda_smooth", 0.1, "correction: weight of its roughness off the face"),
        Flag("hidden_share", 0.2, "correction: weight of what the source hides"),
        Flag("nf", 32, "U-Net: channels of the first convolution"),
        Flag("max_nf", 512, "U-Net: channels at most"),
        Flag("start_scale", 2, "the U-Net works at 1 / this of the input"),
        Flag("num_scale", 4, "levels of the U-Net"),
        Flag("lambda_vis", 1.0, "weight of the visibility's cross entropy, where that is regressed"),
    )
    DEFAULTS: ClassVar = dict(dataset_mode="mesh_flow", batch_size=8, lr=2e-4, beta1=0.9)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.shape: dict[str, Any] = {}
        kind = FLOW_NETWORKS[options.netF]
        self._predict, losses = self._regressed, self._regression_losses
        if issubclass(kind, FlowCorrection):
            self._predict, losses = self._corrected, self._correction_losses
        if kind is FlowRegressionUNet:
            self.shape = {**{name: getattr(options, name) for name in SHAPE}, "norm": "batch"}
        self.networks["netF"] = kind(**self.shape)
        self.steps = [Step(("netF",), losses)]

    def forward(self, batch: Batch) -> Predicted:
        """An item of the data set `mesh_flow`, batched."""
        return self._predict(batch, batch["source"], batch["target"])

    def _regressed(self, batch: Batch, source: Tensor, target: Tensor) -> Predicted:
        network = self.networks["netF"]
        discs = [landmark_discs(points, network.frame, frame=network.frame) for points in (source, target)]
        prediction = network(torch.cat(discs, 1))
        return Predicted(batch, prediction.flow.float() * FLOW_SCALE, prediction)

    def _corrected(self, batch: Batch, source: Tensor, target: Tensor) -> Predicted:
        network = self.networks["netF"]
        spline = spline_at(source, target, network.frame, network.grid)
        correction = network(source, target, spline).float()
        return Predicted(batch, spline + correction, None, correction, spline)

    def look(self, result: Predicted) -> dict[str, Tensor]:
        """True and found flow (x and y as red and green, ±20 px) and visibility classes."""
        batch = result.batch
        flows = {"flow_tar": batch["flow"][:1], "flow_out": result.flow[:1].detach()}
        images = {name: torch.cat((flow, torch.zeros_like(flow[:, :1])), 1) for name, flow in flows.items()}
        images = {name: image / FLOW_SCALE for name, image in images.items()}
        if result.prediction is not None:
            images["vis_tar"] = 1 - batch["visibility"][:1, None].float()
            images["vis_out"] = 1 - result.prediction.visibility[:1].argmax(1, keepdim=True).float()
        return images

    def export(self, label: str | None) -> None:
        super().export(label)
        about = {**self.shape, "which_model": "unet_v2"} if self.shape else {}
        network = type(self.networks["netF"]).__name__
        write_text(self.folder / "train_opt.json", json.dumps({"netF": network, **about}))

    def _regression_losses(self, result: Predicted) -> Losses:
        batch, prediction = result.batch, result.prediction
        assert prediction is not None  # as what sees discs gives one
        truth, mask = batch["flow"] / FLOW_SCALE, self._measured(result)
        return {
            "flow": multiscale_flow_loss(prediction.pyramid, truth, mask),
            "vis": self.options.lambda_vis * visibility_loss(prediction.visibility, batch["visibility"]),
        }

    def _correction_losses(self, result: Predicted) -> Losses:
        face, visible = self._measured(result), (result.batch["visibility"] == VISIBLE)[:, None].float()
        self.metrics["spline_EPE_px"] = float(endpoint_error(result.spline, result.batch["flow"], face))
        share = torch.lerp(face * self.options.hidden_share, face, visible)
        return {
            "flow": endpoint_error(result.flow, result.batch["flow"], share),
            "smooth": self.options.lambda_smooth * roughness(result.correction, 1 - face),
        }

    def _measured(self, result: Predicted) -> Tensor:
        """The face, (B, 1, G, G) in {0, 1}; the end-point error in it is noted."""
        face = (result.batch["visibility"] != BACKGROUND)[:, None].float()
        with torch.no_grad():
            self.metrics = {"EPE_px": float(endpoint_error(result.flow, result.batch["flow"], face))}
        return face
