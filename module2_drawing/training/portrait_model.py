"""Training of the portrait model: the warping generator against discriminators, with the table of losses."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.engine import distributed
from module1_audio2lmk.foundation.errors import InputError, say

from .. import losses
from ..networks.generator import EncodedPhoto
from ..options.flags import Flag
from ..rendering.backends import SIZE
from ..rendering.compose import blend, on_white
from ..rendering.flow import FlowRegressor
from ..rendering.matte import Matte
from ..rendering.pipeline import draw_frames
from ..rendering.prepare import PreparedPhoto, prepare_photo
from ..rendering.settings import InferenceSettings
from ..rendering.static_drawing import StaticDrawing
from ..rendering.underlay import moved_drawing
from ..util.image_pool import ImagePool
from ..util.images import to_image
from .base_model import Batch, Losses, Step, TrainingModel
from .portrait_options import PORTRAIT, TARGETS


@dataclass
class Drawn:
    """`losses.Drawn`: a batch and what was drawn of it, two frames (B, C, S, S) in [−1, 1], and their truths.

    static: the drawings of the unmoved photos.
    """

    batch: Batch
    options: argparse.Namespace
    pool: ImagePool
    photo: PreparedPhoto
    static: Tensor
    frames: tuple[Tensor, Tensor]
    foregrounds: tuple[Tensor, Tensor]
    truths: tuple[Tensor, Tensor]

    def older(self, images: Tensor) -> Tensor:
        """Fake images (B, …), some of them exchanged for older ones."""
        return self.pool.query(images)


class PortraitModel(TrainingModel):
    """Networks G_A and, of the table of losses, D_A, D_A_l (nose), D_A_le (eyes), D_A_ll (lips) and D_A_coh.

    A weight of 0 leaves out its loss and network. Names in the log are the published ones.
    """

    @staticmethod
    def further_flags() -> dict[str, Sequence[Flag]]:
        of_losses = {
            f"losses: {module.__name__.rpartition('.')[2]}": module.FLAGS for module in losses.table()
        }
        return {"portrait model": PORTRAIT, **of_losses, "target poses": TARGETS}

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        if options.crop_size != SIZE:
            raise InputError(f"--crop_size {options.crop_size}: the portrait model works at {SIZE} px")
        shape = {"div": options.netg_resb_div, "disp": options.netg_resb_disp}
        self.add_generator("G_A", self._generator_losses, **shape)
        entries = [entry for module in losses.table() for entry in module.LOSSES]
        self.losses = [entry for entry in entries if entry.weight_of(options) > 0]
        self.fixed: dict[str, nn.Module] = {}
        for entry in self.losses[:]:
            if isinstance(entry.network, losses.Discriminator):
                self.add_discriminator(entry.network.name, entry.network.channels(options))
            elif entry.network is not None:
                self._look_through(entry, entry.network)
        if len(self.networks) > 1:
            self.steps.append(Step(tuple(self.networks)[1:], self._discriminator_losses))
        soft_edge, vacated = (options.soft_edge, options.vacated) if options.blendbg else (0.0, "static")
        self._settings = InferenceSettings(
            False, options.matte_margin, soft_edge, vacated, separated=options.separate == 1
        )
        self.pool = ImagePool(options.pool_size, options.seed + distributed.rank())
        self._flow = FlowRegressor(options.checkpoints_dir, self.device, options.own_flow)
        say(self._flow.description)
        self._matte: Matte | None = None
        self._static: StaticDrawing | None = None

    def forward(self, batch: Batch) -> Drawn:
        """An item of the data set `portrait`, batched."""
        generator, options = self.networks["G_A"], self.options
        static = batch["static"] if "static" in batch else self._statics(batch["photo"])
        matte = batch["matte"] if "matte" in batch else self._mattes(batch["photo"])
        inputs = batch["photo"], batch["landmarks"], matte, static
        photo = prepare_photo(generator, *inputs, self._settings)
        both, targets = repeat_twice(photo), torch.cat((batch["target1"], batch["target2"]))
        # Solved once, for the drawings and their mattes.
        layers = torch.cat((both.drawing, both.mask), 1)
        moved, mask = losses.spline_moved(layers, both.landmarks, targets).split((static.shape[1], 1), 1)
        drawn = draw_frames(generator, self._flow, both, targets, self._settings, mask)
        frames = (drawn.drawing if options.blendbg else drawn.foreground).float()
        truths = zip((1, 2), moved.chunk(2), mask.chunk(2), strict=True)
        return Drawn(
            batch,
            options,
            self.pool,
            photo,
            static,
            frames.chunk(2),
            drawn.foreground.detach().chunk(2),
            tuple(self._truth(batch, static, photo, *one) for one in truths),
        )

    def look(self, result: Drawn) -> dict[str, Tensor]:
        """The published names, of the first photo of the batch."""
        batch, (first, second) = result.batch, result.frames
        images = {
            "real_A": batch["photo"],
            "real_A_fore": result.photo.foreground,
            "real_A_lm": result.photo.landmark_map,
            "fake_B": first,
            "fake_B2": second,
            "fake_B_fore": result.foregrounds[0],
            "fakeB_static": result.static,
            "fakeB_static_warp": result.truths[0],
            "mask": result.photo.mask * 2 - 1,
            "real_B": batch["real"],
        }
        return {name: image[:1].detach().float() for name, image in images.items()}

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "pool": self.pool.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.pool.load_state_dict(state["pool"], self.device)

    def _generator_losses(self, drawn: Drawn) -> Losses:
        return {
            entry.logged: entry.weight_of(self.options) * entry.value(drawn, *self._networks_of(entry))
            for entry in self.losses
        }

    def _discriminator_losses(self, drawn: Drawn) -> Losses:
        trained = [e.network for e in self.losses if isinstance(e.network, losses.Discriminator)]
        return {one.name: one.loss(self.networks[one.name], drawn) for one in trained}

    def _networks_of(self, entry: losses.Loss) -> list[nn.Module]:
        """The network that a loss's value asks for, if any."""
        if isinstance(entry.network, losses.Discriminator):
            return [self.networks[entry.network.name]]
        return [self.fixed[entry.name]] if entry.network is not None else []

    def _look_through(self, entry: losses.Loss, network: losses.FixedNetwork) -> None:
        """Load the fixed network of a loss; without its weights the loss is left out."""
        kind, key, flag = network
        found = checkpoints.find(key, self.options.checkpoints_dir, getattr(self.options, flag) or None)
        if found is None:
            published = checkpoints.KNOWN[key].published
            say(f"no {entry.name} loss: no {published} in {self.options.checkpoints_dir}")
            self.losses.remove(entry)
            return
        say(f"{entry.name} loss: {found.path}")
        self.fixed[entry.name] = checkpoints.build(found, kind).to(self.device).requires_grad_(False)

    def _truth(
        self, batch: Batch, static: Tensor, photo: PreparedPhoto, k: int, moved: Tensor, mask: Tensor
    ) -> Tensor:
        """What frame k should be; moved, mask: static drawing and matte, moved by the spline."""
        if self.options.truth == "moved":
            moved = moved_drawing(static, batch["landmarks"], batch[f"target{k}"])
        moved = losses.content_truth(moved, batch.get(f"truth{k}"), batch.get("has_truth"))
        if f"inside{k}" in batch:
            moved = torch.lerp(moved, batch[f"inside{k}"], batch[f"inside_opacity{k}"])
        if not self.options.blendbg:
            return on_white(moved, mask)
        return moved if self.options.vacated == "static" else blend(moved, photo.background, mask)

    def _mattes(self, photos: Tensor) -> Tensor:
        self._matte = self._matte or Matte(self.options.checkpoints_dir, self.device)
        found = [torch.from_numpy(self._matte(to_image(photo)))[None] for photo in photos]
        return torch.stack(found).to(self.device)

    def _statics(self, photos: Tensor) -> Tensor:
        self._static = self._static or StaticDrawing(
            self.options.style, self.options.checkpoints_dir, self.device
        )
        return torch.cat([self._static(to_image(photo)) for photo in photos])


def repeat_twice(photo: PreparedPhoto) -> PreparedPhoto:
    """A batch of photos, repeated along the batch."""
    doubled = {name: torch.cat((v, v)) for name, v in vars(photo).items() if isinstance(v, Tensor)}
    encoded = None
    if photo.encoded is not None:
        full, half, quarter = (torch.cat((v, v)) for v in photo.encoded.features)
        encoded = EncodedPhoto((full, half, quarter), torch.cat((photo.encoded.landmarks,) * 2))
    return PreparedPhoto(**doubled, encoded=encoded)
