"""Trains flow A: landmark discs of two poses → dense flow and visibility."""

import argparse
import json
from dataclasses import dataclass

import torch
from torch import Tensor

from module1_audio2lmk.foundation.files import atomic_path

from ..data.face_mesh import BACKGROUND
from ..data.mesh_flow_dataset import SIZE
from ..geometry.warping import landmark_discs
from ..losses.flow import endpoint_error, multiscale_flow_loss, visibility_loss
from ..networks import FlowPrediction, FlowRegressionUNet
from ..rendering.flow import FLOW_SCALE
from .base_model import Batch, Losses, Step, TrainingModel

SHAPE = ("nf", "max_nf", "start_scale", "num_scale")


@dataclass(frozen=True)
class Predicted:
    batch: Batch
    prediction: FlowPrediction


class FlowRegressionModel(TrainingModel):
    """Network netF, saved as the published program does, with train_opt.json beside it."""

    averaged = ("netF",)

    @staticmethod
    def add_options(parser: argparse.ArgumentParser, is_train: bool) -> None:
        add = parser.add_argument
        add("--nf", type=int, default=32, help="channels of the first convolution")
        add("--max_nf", type=int, default=512, help="channels at most")
        add("--start_scale", type=int, default=2, help="the U-Net works at 1 / this of the input")
        add("--num_scale", type=int, default=4, help="levels of the U-Net")
        add("--lambda_vis", type=float, default=1.0, help="weight of the visibility's cross entropy")
        parser.set_defaults(dataset_mode="mesh_flow", batch_size=8, lr=2e-4, beta1=0.9)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        shape = {name: getattr(options, name) for name in SHAPE}
        self.networks["netF"] = FlowRegressionUNet(norm="batch", **shape)
        self.steps = [Step(("netF",), self._losses)]

    def forward(self, batch: Batch) -> Predicted:
        """An item of the data set `mesh_flow`, batched."""
        discs = [landmark_discs(batch[name], SIZE, frame=SIZE) for name in ("source", "target")]
        return Predicted(batch, self.networks["netF"](torch.cat(discs, 1)))

    def look(self, result: Predicted) -> dict[str, Tensor]:
        """True and found flow (x and y as red and green, ±20 px) and visibility classes."""
        batch, prediction = result.batch, result.prediction
        classes = prediction.visibility[:1].argmax(1, keepdim=True)
        flows = {"flow_tar": batch["flow"][:1] / FLOW_SCALE, "flow_out": prediction.flow[:1].detach().float()}
        images = {name: torch.cat((flow, torch.zeros_like(flow[:, :1])), 1) for name, flow in flows.items()}
        return {
            **images,
            "vis_tar": 1 - batch["visibility"][:1, None].float(),
            "vis_out": 1 - classes.float(),
        }

    def export(self, label: str | None) -> None:
        super().export(label)
        shape = {name: getattr(self.options, name) for name in SHAPE}
        with atomic_path(self.folder / "train_opt.json") as temporary:
            temporary.write_text(json.dumps({**shape, "norm": "batch", "which_model": "unet_v2"}))

    def _losses(self, result: Predicted) -> Losses:
        batch, prediction = result.batch, result.prediction
        truth = batch["flow"] / FLOW_SCALE
        mask = (batch["visibility"] != BACKGROUND)[:, None].float()
        with torch.no_grad():
            self.metrics = {
                "EPE_px": float(endpoint_error(prediction.flow.float(), truth, mask)) * FLOW_SCALE
            }
        return {
            "flow": multiscale_flow_loss(prediction.pyramid, truth, mask),
            "vis": self.options.lambda_vis * visibility_loss(prediction.visibility, batch["visibility"]),
        }
