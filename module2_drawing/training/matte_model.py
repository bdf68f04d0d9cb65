"""Training of the matting network on mattes that lie beside the photos, before backgrounds of all kinds."""

import argparse
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from ..networks import MODNet
from ..options.flags import Flag
from .base_model import Batch, Losses, Step, TrainingModel


@dataclass(frozen=True)
class Cut:
    """photo (B, 3, S, S) in [−1, 1] before its background; matte, truth (B, 1, S, S) in [0, 1]."""

    photo: Tensor
    matte: Tensor
    truth: Tensor


class MatteModel(TrainingModel):
    """Network P, a MODNet."""

    averaged = ("P",)

    FLAGS = (
        Flag("background_probability", 0.7, "share of photos with a new background"),
        Flag("lambda_edge", 1.0, "weight of the differences of neighbouring pixels"),
    )
    DEFAULTS: ClassVar = dict(dataset_mode="portrait_images", batch_size=8, lr=5e-4, beta1=0.9, output_nc=1)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.networks["P"] = MODNet()
        self.steps = [Step(("P",), self._losses)]

    def forward(self, batch: Batch) -> Cut:
        """An item of the data set `portrait_images`, batched."""
        photo, truth = batch["photo"], batch["matte"]
        for i in range(len(photo)):
            if self.random.random() < self.options.background_probability:
                background = self._background(photo, i)
                photo = torch.cat(
                    (photo[:i], torch.lerp(background, photo[i : i + 1], truth[i : i + 1]), photo[i + 1 :])
                )
        return Cut(photo, self.networks["P"](photo).float(), truth)

    def look(self, result: Cut) -> dict[str, Tensor]:
        images = {"photo": result.photo, "matte": result.matte * 2 - 1, "truth": result.truth * 2 - 1}
        return {name: image[:1].detach() for name, image in images.items()}

    def _background(self, photo: Tensor, index: int) -> Tensor:
        """(1, 3, S, S): smooth or fine noise of random colours, or another photo of the batch, mirrored."""
        if len(photo) > 1 and self.random.random() < 0.3:
            return photo[index - 1 : index or None].flip(-1)
        grid = int(self.random.choice((1, 2, 4, 16, 64)))
        noise = torch.from_numpy(self.random.uniform(-1, 1, (1, 3, grid, grid))).to(photo)
        return F.interpolate(noise, photo.shape[-2:], mode="bilinear", align_corners=False)

    def _losses(self, cut: Cut) -> Losses:
        found = {"matte": F.l1_loss(cut.matte, cut.truth)}
        if self.options.lambda_edge > 0:
            edges = sum(F.l1_loss(cut.matte.diff(dim=d), cut.truth.diff(dim=d)) for d in (-1, -2))
            found["edge"] = self.options.lambda_edge * edges
        self.metrics = {"wrong_%": 100 * float(((cut.matte > 0.5) != (cut.truth > 0.5)).float().mean())}
        return found
