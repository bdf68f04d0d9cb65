"""Trains the identity network: every portrait, as a photo and in every style, is one class."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..data.portrait_images_dataset import jittered
from ..losses.angular_margin import angular_margin_loss
from ..losses.identity import INPUT_SIZE
from ..losses.windows import cut_windows
from ..networks import SphereFace20
from .training import Batch, Losses, Step, TrainingModel

FEATURES = 512


@dataclass(frozen=True)
class Embedded:
    """features (2·B, 512), photos first; classes (2·B,); faces (2·B, 3, 112, 96)."""

    features: Tensor
    classes: Tensor
    faces: Tensor


class Centres(nn.Module):
    """One direction a class; used in training only."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(classes, FEATURES)))


class IdentityModel(TrainingModel):
    """Networks S, a SphereFace-20, which the identity loss uses (`--face_recog_model latest_net_S.pth`), and
    centres."""

    averaged = "S"

    @staticmethod
    def add_options(parser: argparse.ArgumentParser, is_train: bool) -> None:
        add = parser.add_argument
        add("--identities", type=int, default=10_000, help="classes at most: photos in the list")
        add("--first_blend", type=float, default=100.0, help="λ of the margin at the start")
        add("--last_blend", type=float, default=5.0, help="λ of the margin at the end")
        add("--blend_steps", type=int, default=2000, help="updates in which λ halves ten times")
        parser.set_defaults(dataset_mode="portrait_images", batch_size=32, lr=5e-4, beta1=0.9, output_nc=1)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.networks |= {"S": SphereFace20(), "centres": Centres(options.identities)}
        self.steps = [Step(("S", "centres"), self._losses)]
        self._random = np.random.default_rng(options.seed)
        self._updates = 0
        self.prepare_training()

    def forward(self, batch: Batch) -> Embedded:
        """An item of the data set `portrait_images`, batched."""
        faces = []
        for name in ("photo", "drawing"):
            windows = jittered(batch["window"], self._random, 0.05).to(self.device)
            face = cut_windows(batch[name], windows, INPUT_SIZE, "bilinear", align_corners=True)
            # Grey, as the drawings that it judges: colour must not tell people apart.
            faces.append(face.mean(1, keepdim=True).expand(-1, 3, -1, -1))
        seen = torch.cat(faces)
        classes = torch.cat((batch["identity"],) * 2).long() % self.options.identities
        return Embedded(self.networks["S"](seen), classes, seen)

    def look(self, result: Embedded) -> dict[str, Tensor]:
        half = len(result.faces) // 2
        return {"photo": result.faces[:1].detach(), "drawing": result.faces[half : half + 1].detach()}

    def state_dict(self) -> dict:
        own = {"windows": self._random.bit_generator.state, "updates": self._updates}
        return {**super().state_dict(), **own}

    def load_state_dict(self, state: dict) -> None:
        super().load_state_dict(state)
        self._random.bit_generator.state, self._updates = state["windows"], state["updates"]

    def _losses(self, result: Embedded) -> Losses:
        options, features = self.options, result.features.float()
        half = len(features) // 2
        alike = torch.cosine_similarity(features[:half], features[half:]).detach().mean()
        apart = torch.cosine_similarity(features[:half], features[half:].roll(1, 0)).detach().mean()
        self.metrics = {"same_cosine": float(alike), "other_cosine": float(apart)}
        fall = 0.5 ** (10 * self._updates / options.blend_steps)
        self._updates += 1
        blend = max(options.last_blend, options.first_blend * fall)
        centres = self.networks["centres"].weight
        return {"identity": angular_margin_loss(features, centres, result.classes, blend)}
