"""Supervised training of the warping generator on moved drawings and true pairs: fast and stable."""

import argparse
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from module1_audio2lmk.foundation.errors import say

from ..networks.overpaint import Layers
from ..options.flags import Flag
from ..rendering.compose import on_white
from ..rendering.flow import FlowRegressor
from ..rendering.pipeline import draw_frames
from ..rendering.prepare import prepare_photo
from ..rendering.settings import InferenceSettings
from ..rendering.underlay import moved_drawing
from ..styles import renderer_name
from .base_model import Batch, Losses, TrainingModel
from .portrait_options import OWN_FLOW

SCALES = (2, 4)
NEIGHBOURS = 9  # px, among which paint is compared with what lies below
CHOICE = 0.1  # of the choice between them, in the loss of the paint


@dataclass(frozen=True)
class Pair:
    """frame, truth: (B, C, S, S) in [−1, 1], white outside the moved matte; the map is the target's.

    known: (B, 1, S, S) in [0, 1], where the truth is a true drawing; layers: of a generator that paints over.
    """

    photo: Tensor
    frame: Tensor
    truth: Tensor
    landmark_map: Tensor
    importance: Tensor
    known: Tensor
    layers: Layers | None


class MotionPairsModel(TrainingModel):
    """Networks G_A and D_A, which judges a drawing together with its landmark map.

    The truth is the static drawing moved by the spline, overlaid with what the data set knows better (true
    lips and eyes, the inside of a mouth). It starts where the portrait model's six losses would take long to
    get to, and gives weights that draw an opened mouth.
    """

    FLAGS = (
        Flag("style", "line_drawing", "of the drawings: the folders that hold them", kind=renderer_name),
        Flag("netg_resb_div", 3, "every so many residual blocks take landmarks"),
        Flag("netg_resb_disp", 3, "shifts which of them do"),
        Flag("matte_margin", 4, "px by which the matte is widened"),
        OWN_FLOW,
        Flag("lambda_warp", 5.0, "weight of the content loss"),
        Flag("lambda_pyramid", 2.0, "weight of the content loss at 1/2 and 1/4"),
        Flag("lambda_G_A", 1.0, "weight of the adversarial loss"),
        Flag("lambda_paint", 10.0, "weight of the loss of a generator's paint alone"),
    )
    DEFAULTS: ClassVar = dict(dataset_mode="motion_pairs", ndf=32, input_nc=4, output_nc=1)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        shape = {"div": options.netg_resb_div, "disp": options.netg_resb_disp}
        self.add_generator("G_A", self._generator_losses, **shape)
        self.add_adversary("D_A", options.output_nc + 1, options.lambda_G_A, _real_and_fake)
        self._settings = InferenceSettings(published=False, matte_margin=options.matte_margin)
        self._flow = FlowRegressor(options.checkpoints_dir, self.device, options.own_flow)
        say(self._flow.description)

    def forward(self, batch: Batch) -> Pair:
        """An item of the data set `motion_pairs`, batched."""
        generator, source, target = self.networks["G_A"], batch["landmarks"], batch["target"]
        portrait, matte, static = (batch[name] for name in ("photo", "matte", "static"))
        photo = prepare_photo(generator, portrait, source, matte, static, self._settings)
        drawn = draw_frames(generator, self._flow, photo, target, self._settings)
        truth = moved_drawing(static, source, target, drawn.motion.spline)
        truth = torch.lerp(truth, batch["truth"], batch["truth_region"])
        images = on_white(drawn.foreground, drawn.mask), on_white(truth, drawn.mask)
        rest = drawn.landmark_map, batch["importance"], batch["truth_region"], drawn.layers
        return Pair(photo.foreground, *images, *rest)

    def look(self, result: Pair) -> dict[str, Tensor]:
        images = {"real_A": result.photo, "fake_B": result.frame, "fakeB_static_warp": result.truth}
        return {name: image[:1].detach().float() for name, image in images.items()}

    def _generator_losses(self, pair: Pair) -> Losses:
        options = self.options
        found = {"warp_B": options.lambda_warp * weighted(pair.frame, pair.truth, pair.importance)}
        if options.lambda_pyramid > 0:
            found["pyramid_B"] = options.lambda_pyramid * sum(
                weighted(*(F.avg_pool2d(x, k) for x in (pair.frame, pair.truth, pair.importance)))
                for k in SCALES
            )
        if pair.layers is not None:
            found["paint_B"] = options.lambda_paint * paint_loss(pair.layers, pair.truth, pair.known)
        return found


def _real_and_fake(pair: Pair) -> tuple[Tensor, Tensor]:
    real, made = (torch.cat((image, pair.landmark_map), 1) for image in (pair.truth, pair.frame))
    return real, made


def paint_loss(layers: Layers, truth: Tensor, known: Tensor) -> Tensor:
    """Paint is true where the truth (B, C, S, S) is known (B, 1, S, S), opaque or not; and it is chosen where
    it is truer there than what lies below.

    Without this, paint that is wrong at first becomes transparent everywhere before it is right anywhere.
    """
    wrong = (layers.paint - truth).abs().mean(1, keepdim=True)
    with torch.no_grad():
        without = (layers.underlay - truth).abs().mean(1, keepdim=True)
        better = F.avg_pool2d(without - wrong, NEIGHBOURS, 1, NEIGHBOURS // 2) > 0
        wanted = better * (known > 0.5)
    choice = F.binary_cross_entropy(layers.chosen.clamp(1e-4, 1 - 1e-4), wanted.float(), reduction="none")
    return (known * (wrong + CHOICE * choice)).mean() + CHOICE * ((1 - known) * choice).mean()


def weighted(frame: Tensor, truth: Tensor, importance: Tensor) -> Tensor:
    """Mean of importance (B, 1, S, S) times the absolute difference of two drawings (B, C, S, S)."""
    return (importance * (frame - truth).abs()).mean()
