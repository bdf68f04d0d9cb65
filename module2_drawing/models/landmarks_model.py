"""Trains the landmark network for photos and drawings alike: a drawing has the landmarks of its photo."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..data.portrait_images_dataset import jittered
from ..losses.geometry import INPUT_SIZE
from ..losses.windows import cut_windows
from ..networks import MobileFaceNet
from .training import Batch, Losses, Step, TrainingModel


@dataclass(frozen=True)
class Found:
    """found, true: landmarks (2·B, 68, 2) as fractions of the window, photos first; faces: what was seen."""

    found: Tensor
    true: Tensor
    faces: Tensor


class LandmarksModel(TrainingModel):
    """Network M, a MobileFaceNet, which the geometry loss uses (`--landmark_model latest_net_M.pth`)."""

    averaged = "M"

    @staticmethod
    def add_options(parser: argparse.ArgumentParser, is_train: bool) -> None:
        add = parser.add_argument
        add("--lip_weight", type=float, default=2.0, help="weight of lips and eyes against the rest")
        parser.set_defaults(dataset_mode="portrait_images", batch_size=16, lr=1e-3, beta1=0.9, output_nc=1)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.networks["M"] = MobileFaceNet()
        # A batch norm comes last: it starts at the middle of the window, not spread far beyond it.
        nn.init.constant_(self.networks["M"].output_layer.bn.weight, 0.1)
        nn.init.constant_(self.networks["M"].output_layer.bn.bias, 0.5)
        self.steps = [Step(("M",), self._losses)]
        self._random = np.random.default_rng(options.seed)
        self.prepare_training()

    def forward(self, batch: Batch) -> Found:
        """An item of the data set `portrait_images`, batched."""
        faces, wanted = [], []
        for name in ("photo", "drawing"):
            windows = jittered(batch["window"], self._random).to(self.device)
            size = (INPUT_SIZE, INPUT_SIZE)
            face = cut_windows(batch[name], windows, size, "bicubic", align_corners=False)
            faces.append(face.flip(1) if face.shape[1] == 3 else face.expand(-1, 3, -1, -1))
            start = windows[:, None, 0::2]
            wanted.append((batch["landmarks"] - start) / (windows[:, None, 1::2] - start))
        seen = torch.cat(faces)
        found = self.networks["M"]((seen + 1) / 2).float().view(-1, 68, 2)
        return Found(found, torch.cat(wanted), seen)

    def look(self, result: Found) -> dict[str, Tensor]:
        """A photo and a drawing with the landmarks that were found."""
        half = len(result.found) // 2
        images = {}
        for name, index in (("photo", 0), ("drawing", half)):
            face = result.faces[index : index + 1].detach().flip(1).clone()
            for x, y in (
                (result.found[index].detach() * INPUT_SIZE).round().long().clamp(0, INPUT_SIZE - 1).tolist()
            ):
                face[:, :, y, x] = torch.tensor([1.0, -1.0, -1.0], device=face.device)
            images[name] = face
        return images

    def state_dict(self) -> dict:
        return {**super().state_dict(), "windows": self._random.bit_generator.state}

    def load_state_dict(self, state: dict) -> None:
        super().load_state_dict(state)
        self._random.bit_generator.state = state["windows"]

    def _losses(self, result: Found) -> Losses:
        error = (result.found - result.true).abs()
        half = len(error) // 2
        self.metrics = {
            f"{name}_error_%": 100 * float(part.detach().square().sum(-1).sqrt().mean())
            for name, part in (("photo", error[:half]), ("drawing", error[half:]))
        }
        weight = torch.ones(68, 1, device=error.device)
        weight[36:] = self.options.lip_weight
        return {"landmarks": (error * weight).mean()}
