"""Training of the static drawing network from examples of up to three styles."""

import argparse
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from module1_audio2lmk.foundation.errors import InputError

from .. import losses
from ..options.flags import Flag
from ..rendering.static_drawing import STATIC_STYLE
from .base_model import Batch, Losses, TrainingModel

STYLES = len(STATIC_STYLE)


@dataclass(frozen=True)
class Drawn:
    """photo (B, 3, S, S), drawing, truth, real (B, C, S, S) in [−1, 1]; real: what D is shown as real."""

    photo: Tensor
    drawing: Tensor
    truth: Tensor
    real: Tensor


class StaticModel(TrainingModel):
    """Networks G, the static drawing generator, and D, which sees photo and drawing.

    With `--unpaired` D sees drawings alone, the real ones being examples of other portraits: so a style is
    learned from pictures of it, with the drawings of some renderer as a guide (lower `--lambda_L1`).

    A single style gets the style code that the portrait model asks for; of several, style k gets code k.
    """

    averaged = ("G",)

    FLAGS = (
        Flag("lambda_L1", 10.0, "weight of the difference from the example"),
        Flag("lambda_G", 1.0, "weight of the adversarial loss"),
    )
    DEFAULTS: ClassVar = dict(dataset_mode="portrait_images", netG="static", load_size=542, crop_size=512)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        if len(options.styles.split(",")) > STYLES:
            raise InputError(f"--styles {options.styles}: the network has {STYLES} style codes")
        self._single = "," not in options.styles
        self.add_generator("G", self._generator_losses)
        nc = options.output_nc
        channels = nc if options.unpaired else options.input_nc + nc
        self.add_adversary("D", channels, options.lambda_G, self._real_and_fake)

    def forward(self, batch: Batch) -> Drawn:
        """An item of the data set `portrait_images`, batched."""
        number = torch.full_like(batch["style"], STATIC_STYLE.index(1.0)) if self._single else batch["style"]
        code = F.one_hot(number.long(), STYLES).to(batch["photo"])
        drawing = self.networks["G"](batch["photo"], code).float()
        real = batch["example"] if self.options.unpaired else batch["drawing"]
        return Drawn(batch["photo"], drawing, batch["drawing"], real)

    def look(self, result: Drawn) -> dict[str, Tensor]:
        images = {"real_A": result.photo, "fake_B": result.drawing, "real_B": result.real}
        return {name: image[:1].detach() for name, image in images.items()}

    def _generator_losses(self, drawn: Drawn) -> Losses:
        return {"L1": self.options.lambda_L1 * losses.content_loss(drawn.drawing, drawn.truth)}

    def _real_and_fake(self, drawn: Drawn) -> tuple[Tensor, Tensor]:
        if self.options.unpaired:
            return drawn.real, drawn.drawing
        real, made = (torch.cat((drawn.photo, image), 1) for image in (drawn.real, drawn.drawing))
        return real, made
