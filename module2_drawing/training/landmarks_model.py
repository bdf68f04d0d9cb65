"""Training of the landmark network for photos and drawings: a drawing has the landmarks of its photo."""

import argparse
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..data.augmentation import Amounts, augment_photo, bent_windows, degraded
from ..losses.geometry import INPUT_SIZE
from ..networks import MobileFaceNet
from ..options.flags import Flag
from .base_model import Batch, Losses, Step, TrainingModel

_NOT_YET = 0.5  # the last bias, before the mean face is known


@dataclass(frozen=True)
class Found:
    """found, true: landmarks (N, 68, 2) as fractions of the window; faces: what was seen, (N, 3, S, S).

    The first `photos` of them are photos, the others drawings.
    """

    found: Tensor
    true: Tensor
    faces: Tensor
    photos: int


class LandmarksModel(TrainingModel):
    """Network M, a MobileFaceNet, which the geometry loss uses (`--landmark_model latest_net_M.pth`)."""

    averaged = ("M",)

    FLAGS = (
        Flag("lip_weight", 2.0, "weight of lips and eyes against the rest"),
        Flag("width", 1.0, "channels of the network against the published ones"),
        Flag("photo_share", 1.0, "share of a batch whose photo is shown, too"),
        Flag("shift", 0.04, "of moved windows, at most, of their side"),
        Flag("turn", 8.0, "of turned windows, degrees at most"),
        Flag("bend", 0.015, "of bent faces, σ, of the window's side"),
    )
    DEFAULTS: ClassVar = dict(dataset_mode="portrait_images", batch_size=16, lr=1e-3, beta1=0.9, output_nc=1)
    DEFAULTS["no_augmentation"] = True  # the small faces are changed below, not the whole photos

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.networks["M"] = MobileFaceNet(width=options.width)
        # A batch norm comes last: it starts close to the mean face of the first batch (see `forward`).
        nn.init.constant_(self.networks["M"].output_layer.bn.weight, 0.1)
        nn.init.constant_(self.networks["M"].output_layer.bn.bias, _NOT_YET)
        self.steps = [Step(("M",), self._losses)]
        self._amounts = Amounts(options.shift, options.turn, options.bend)
        # Statistics of a batch here would make every batch's mean face the same.
        self.networks["M"].output_layer.eval()

    def forward(self, batch: Batch) -> Found:
        """An item of the data set `portrait_images`, batched."""
        faces, wanted, photos = [], [], round(self.options.photo_share * len(batch["drawing"]))
        drawings = len(batch["drawing"])
        for name, marks, count in (
            ("photo", "landmarks", photos),
            ("drawing", "drawn_landmarks", drawings),
        ):
            if not count:
                continue
            image, points, window = (batch[part][:count] for part in (name, marks, "window"))
            face, true = bent_windows(image, points, window, INPUT_SIZE, self.random, self._amounts)
            if name == "drawing":
                face = degraded(face, self.random)
            else:
                face = torch.stack([augment_photo(f.cpu().clamp(-1, 1), self.random) for f in face]).to(face)
            faces.append(face.flip(1) if face.shape[1] == 3 else face.expand(-1, 3, -1, -1))
            wanted.append(true)
        seen, true = torch.cat(faces), torch.cat(wanted)
        bias = self.networks["M"].output_layer.bn.bias
        if bool((bias == _NOT_YET).all()):
            bias.data.copy_(true.mean(0).flatten())
        found = self.networks["M"]((seen + 1) / 2).float().view(-1, 68, 2)
        return Found(found, true, seen, photos)

    def look(self, result: Found) -> dict[str, Tensor]:
        """A photo and a drawing with the landmarks that were found."""
        images = {}
        for name, index in (("photo", 0), ("drawing", result.photos)):
            face = result.faces[index : index + 1].detach().flip(1).clone()
            for x, y in (
                (result.found[index].detach() * INPUT_SIZE).round().long().clamp(0, INPUT_SIZE - 1).tolist()
            ):
                face[:, :, y, x] = torch.tensor([1.0, -1.0, -1.0], device=face.device)
            images[name] = face
        return images

    def _losses(self, result: Found) -> Losses:
        error = (result.found - result.true).abs()
        parts = {"photo": error[: result.photos], "drawing": error[result.photos :]}
        self.metrics = {
            f"{name}_error_%": 100 * float(part.detach().square().sum(-1).sqrt().mean())
            for name, part in parts.items()
            if len(part)
        }
        weight = torch.ones(68, 1, device=error.device)
        weight[36:] = self.options.lip_weight
        return {"landmarks": (error * weight).mean()}
