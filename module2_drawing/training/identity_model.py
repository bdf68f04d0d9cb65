"""Training of the identity network: every portrait, as a photo and in every style, is one class.

    L = angular margin + w · L_pairs
    L_pairs = −½ E[log softmax_j(s cos(p_i, d_j)) + log softmax_j(s cos(d_i, p_j))] at j = i,  s = 16

p are the features of the batch's photos, d those of its drawings. The pairs' term needs few views of a face,
where the centres of the classes need many.
"""

import argparse
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data.augmentation import degraded
from ..data.portrait_images_dataset import jittered
from ..losses.angular_margin import angular_margin_loss
from ..losses.windows import cut_windows
from ..networks import SphereFace20, init_weights
from ..networks.sphereface import WIDTHS
from ..options.flags import Flag
from .base_model import Batch, Losses, Step, TrainingModel

PAIR_SCALE = 16.0
# λ of the margin at the start and at the end, and the updates in which it halves ten times.
FIRST_BLEND, LAST_BLEND, BLEND_STEPS = 100.0, 5.0, 2000


@dataclass(frozen=True)
class Embedded:
    """features (2·B, F), photos first; classes (2·B,); faces (2·B, 3, 112, 96)."""

    features: Tensor
    classes: Tensor
    faces: Tensor


class IdentityModel(TrainingModel):
    """Networks S, a SphereFace-20, which the identity loss uses (`--face_recog_model latest_net_S.pth`), and
    centres."""

    averaged = ("S",)

    FLAGS = (
        Flag("identities", 10_000, "classes at most: photos in the list"),
        Flag("widths", list(WIDTHS), "channels of the network's stages", kind=int, many=4),
        Flag("features", 512, "length of the face feature"),
        Flag("lambda_pairs", 0.0, "weight of telling the batch's pairs apart"),
    )
    DEFAULTS: ClassVar = dict(dataset_mode="portrait_images", batch_size=32, lr=5e-4, beta1=0.9, output_nc=1)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.networks["S"] = initialised(SphereFace20(options.widths, options.features))
        # One direction a class; used in training only.
        self.networks["centres"] = nn.Linear(options.features, options.identities, bias=False)
        nn.init.xavier_uniform_(self.networks["centres"].weight)
        self.steps = [Step(("S", "centres"), self._losses)]
        self._updates = 0

    def forward(self, batch: Batch) -> Embedded:
        """An item of the data set `portrait_images`, batched."""
        faces = []
        for name in ("photo", "drawing"):
            windows = jittered(batch["window"], self.random, 0.05).to(self.device)
            face = cut_windows(batch[name], windows, SphereFace20.input_size, "bilinear", align_corners=True)
            # Grey, as the drawings that it judges: colour must not tell people apart.
            face = degraded(face, self.random) if name == "drawing" else face
            faces.append(face.mean(1, keepdim=True).expand(-1, 3, -1, -1))
        seen = torch.cat(faces)
        classes = torch.cat((batch["identity"],) * 2).long() % self.options.identities
        return Embedded(self.networks["S"](seen), classes, seen)

    def look(self, result: Embedded) -> dict[str, Tensor]:
        half = len(result.faces) // 2
        return {"photo": result.faces[:1].detach(), "drawing": result.faces[half : half + 1].detach()}

    def state_dict(self) -> dict:
        return {**super().state_dict(), "updates": self._updates}

    def load_state_dict(self, state: dict) -> None:
        super().load_state_dict(state)
        self._updates = state["updates"]

    def _losses(self, result: Embedded) -> Losses:
        options, features = self.options, result.features.float()
        half = len(features) // 2
        alike = torch.cosine_similarity(features[:half], features[half:]).detach().mean()
        apart = torch.cosine_similarity(features[:half], features[half:].roll(1, 0)).detach().mean()
        self.metrics = {"same_cosine": float(alike), "other_cosine": float(apart)}
        fall = 0.5 ** (10 * self._updates / BLEND_STEPS)
        self._updates += 1
        blend = max(LAST_BLEND, FIRST_BLEND * fall)
        centres = self.networks["centres"].weight
        losses = {"identity": angular_margin_loss(features, centres, result.classes, blend)}
        if options.lambda_pairs > 0:
            losses["pairs"] = options.lambda_pairs * pair_loss(features[:half], features[half:])
        return losses


def initialised(network: SphereFace20) -> SphereFace20:
    """First weights under which features neither vanish nor grow: residual branches start close to zero."""
    init_weights(network, "kaiming")
    for name, weight in network.named_parameters():
        stage, _, layer = name.removeprefix("conv").removesuffix(".weight").partition("_")
        if stage.isdigit() and layer.isdigit() and int(layer) > 1 and int(layer) % 2:
            weight.data *= 0.1
    return network


def pair_loss(photos: Tensor, drawings: Tensor) -> Tensor:
    """Features (B, F) of the same B faces → L_pairs, the mean cross entropy of finding a face among them."""
    cosines = PAIR_SCALE * F.normalize(photos) @ F.normalize(drawings).mT
    own = torch.arange(len(cosines), device=cosines.device)
    return (F.cross_entropy(cosines, own) + F.cross_entropy(cosines.mT, own)) / 2
