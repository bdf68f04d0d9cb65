"""The portrait model: the warping generator against its discriminators, with all six losses."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError, say

from .. import losses
from ..networks import MobileFaceNet, SphereFace20, define_D, define_G
from ..networks.generator import EncodedPhoto
from ..rendering.backends import SIZE
from ..rendering.compose import blend, on_white
from ..rendering.flow import FlowRegressor
from ..rendering.matte import Matte
from ..rendering.pipeline import draw_frames
from ..rendering.prepare import PreparedPhoto, prepare_photo
from ..rendering.settings import InferenceSettings
from ..rendering.static_drawing import StaticDrawing
from ..util import distributed
from ..util.image_pool import ImagePool
from ..util.images import to_image
from .portrait_options import add_portrait_options
from .training import Batch, Losses, Step, TrainingModel

#: Published suffix of each local discriminator: the option that wants it, its channel in the data's masks.
LOCAL = {"l": ("use_mask", 0), "le": ("use_eye_mask", 1), "ll": ("use_lip_mask", 2)}


@dataclass(frozen=True)
class Drawn:
    """A batch and what was drawn of it: two frames (B, C, S, S) in [−1, 1], the photos' part, the truths.

    static: the drawings of the unmoved photos; those of `photo` may be blank where the person was.
    """

    batch: Batch
    photo: PreparedPhoto
    static: Tensor
    frames: tuple[Tensor, Tensor]
    foregrounds: tuple[Tensor, Tensor]
    truths: tuple[Tensor, Tensor]


class PortraitModel(TrainingModel):
    """Networks G_A, D_A, D_A_l (nose), D_A_le (eyes), D_A_ll (lips) and D_A_coh; a weight of 0 leaves out its
    loss and network. Loss names in the log are the published ones."""

    @staticmethod
    def add_options(parser: argparse.ArgumentParser, is_train: bool) -> None:
        add_portrait_options(parser)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        if options.crop_size != SIZE:
            raise InputError(f"--crop_size {options.crop_size}: the portrait model works at {SIZE} px")
        shape = {"div": options.netg_resb_div, "disp": options.netg_resb_disp}
        init = {"init_type": options.init_type, "init_gain": options.init_gain}
        nc = options.output_nc
        self.networks["G_A"] = define_G(options.netG, options.input_nc, nc, options.ngf, **init, **shape)
        judge = partial(define_D, options.netD, ndf=options.ndf, n_layers=options.n_layers_D, **init)
        if options.lambda_G_A > 0:
            self.networks["D_A"] = judge(nc)
        self.local = [
            s for s, (flag, _) in LOCAL.items() if getattr(options, flag) and options.lambda_G_A_l > 0
        ]
        for suffix in self.local:
            self.networks[f"D_A_{suffix}"] = judge(nc + 1 if options.mask_type >= 2 else nc)
        if options.coherent and options.lambda_G_A_coh > 0:
            self.networks["D_A_coh"] = judge(2 * nc)
        self.steps = [Step(("G_A",), self._generator_losses)]
        if len(self.networks) > 1:
            self.steps.append(Step(tuple(self.networks)[1:], self._discriminator_losses))
        self._settings = InferenceSettings(
            options.matte_margin, options.soft_edge, options.vacated, separated=options.separate == 1
        )
        self.pool = ImagePool(options.pool_size, options.seed + distributed.rank())
        self._flow = FlowRegressor(options.checkpoints_dir, self.device)
        say(self._flow.description)
        self._landmark_net = self._helper(
            MobileFaceNet, "mobilefacenet", options.landmark_model, options.lambda_geom, "geometry"
        )
        wanted = options.lambda_face if options.identity_loss else 0
        self._identity_net = self._helper(
            SphereFace20, "sphereface", options.face_recog_model, wanted, "identity"
        )
        self._matte: Matte | None = None
        self._static: StaticDrawing | None = None
        self.prepare_training()

    def forward(self, batch: Batch) -> Drawn:
        """An item of the data set `portrait`, batched."""
        generator, options = self.networks["G_A"], self.options
        static = batch["static"] if "static" in batch else self._statics(batch["photo"])
        matte = batch["matte"] if "matte" in batch else self._mattes(batch["photo"])
        inputs = batch["photo"], batch["landmarks"], self._settings.matte(matte), static
        photo = self._background(prepare_photo(generator, *inputs, options.matte_margin))
        targets = torch.cat((batch["target1"], batch["target2"]))
        drawn = draw_frames(generator, self._flow, twice(photo), targets, smooth_mask=True)
        frames = (drawn.drawing if options.blendbg else drawn.foreground).float()
        return Drawn(
            batch,
            photo,
            static,
            frames.chunk(2),
            drawn.foreground.detach().float().chunk(2),
            tuple(
                self._truth(batch, static, photo, k, mask)
                for k, mask in zip((1, 2), drawn.mask.chunk(2), strict=True)
            ),
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
        options, found, frames = self.options, {}, drawn.frames
        if "D_A" in self.networks:
            found["G_A"] = options.lambda_G_A * self._fooled("D_A", frames)
        for suffix in self.local:
            found[f"G_A_{suffix}"] = options.lambda_G_A_l * self._fooled(
                f"D_A_{suffix}", self._parts(drawn, suffix)
            )
        if "D_A_coh" in self.networks:
            found["G_A_coh"] = options.lambda_G_A_coh * self._fooled("D_A_coh", [losses.frame_pair(*frames)])
        if options.warp_loss and options.lambda_warp > 0:
            pairs = zip(frames, drawn.truths, strict=True)
            found["warp_B"] = options.lambda_warp * sum(losses.content_loss(f, t) for f, t in pairs)
        if options.lambda_warp_inter > 0:
            targets = drawn.batch["target1"], drawn.batch["target2"]
            found["warp_inter1"] = options.lambda_warp_inter * losses.interframe_loss(*frames, *targets)
        found |= self._geometry_losses(drawn)
        if self._identity_net is not None:
            found["iden_B"] = options.lambda_face * sum(self._identity(drawn, k) for k in (0, 1))
        return found

    def _discriminator_losses(self, drawn: Drawn) -> Losses:
        batch, mode, found = drawn.batch, self.options.gan_mode, {}
        seen = 2 if self.options.check_fakeb2_in_backwardD else 1
        if "D_A" in self.networks:
            judge = self.networks["D_A"]
            found["D_A"] = losses.discriminator_loss(judge, batch["real"], drawn.frames[:seen], mode)
        for suffix in self.local:
            mask = batch["real_masks"][:, LOCAL[suffix][1], None]
            real = losses.masked(batch["real"], mask, self.options.mask_type)
            fakes = self._parts(drawn, suffix)[:seen]
            judge = self.networks[f"D_A_{suffix}"]
            found[f"D_A_{suffix}"] = losses.discriminator_loss(judge, real, fakes, mode)
        if "D_A_coh" in self.networks:
            real = losses.frame_pair(batch["film1"], batch["film2"])
            fakes = [self.pool.query(losses.frame_pair(*drawn.frames))]
            if self.options.coh_use_more:
                fakes.append(losses.frame_pair(batch["other1"], batch["other2"]))
            judge = self.networks["D_A_coh"]
            found["D_A_coh"] = losses.coherence_discriminator_loss(judge, real, fakes, mode)
        return found

    def _geometry_losses(self, drawn: Drawn) -> Losses:
        options, found, size = self.options, {}, self.options.crop_size
        targets = [drawn.batch[f"target{k}"] for k in (1, 2)]
        if self._landmark_net is not None:
            weight = 2.0 if options.more_weight_for_lip == 2 else 0.0
            total = 0.0
            for k, frame in enumerate(drawn.frames):
                marks = losses.find_landmarks(self._landmark_net, frame, drawn.batch[f"target_window{k + 1}"])
                total = total + losses.geometry_loss(marks, targets[k], size, weight)
            found["geom_B"] = options.lambda_geom * total
        if options.lambda_geom_lipline > 0:
            pairs = [(f, losses.lip_line_mask(t, size)) for f, t in zip(drawn.frames, targets, strict=True)]
            found["geom_B_lipline"] = options.lambda_geom_lipline * sum(
                losses.lip_line_loss(*p) for p in pairs
            )
        return found

    def _identity(self, drawn: Drawn, k: int) -> Tensor:
        batch = drawn.batch
        other = drawn.static if self.options.identity_loss == 2 else batch["photo"].mean(1, keepdim=True)
        windows = batch[f"target_window{k + 1}"], batch["window"]
        return losses.identity_loss(self._identity_net, drawn.frames[k], other, *windows)

    def _fooled(self, judge: str, fakes: Any) -> Tensor:
        return losses.generator_loss(self.networks[judge], fakes, self.options.gan_mode)

    def _parts(self, drawn: Drawn, suffix: str) -> list[Tensor]:
        """Both frames as the local discriminator sees them."""
        channel = LOCAL[suffix][1]
        masks = [drawn.batch[f"target_masks{k}"][:, channel, None] for k in (1, 2)]
        pairs = zip(drawn.frames, masks, strict=True)
        return [losses.masked(frame, mask, self.options.mask_type) for frame, mask in pairs]

    def _truth(self, batch: Batch, static: Tensor, photo: PreparedPhoto, k: int, mask: Tensor) -> Tensor:
        warp = losses.spline_moved if self.options.truth == "spline" else losses.smoothly_moved
        moved = warp(static, batch["landmarks"], batch[f"target{k}"])
        moved = losses.content_truth(moved, batch.get(f"truth{k}"), batch.get("has_truth"))
        if f"inside{k}" in batch:
            moved = torch.lerp(moved, batch[f"inside{k}"], batch[f"inside_opacity{k}"])
        if not self.options.blendbg:
            return on_white(moved, mask)
        return moved if self.options.vacated == "static" else blend(moved, photo.static, mask)

    def _background(self, photo: PreparedPhoto) -> PreparedPhoto:
        """The background as the options want it."""
        if not self.options.blendbg:
            return replace(photo, static=on_white(photo.static, photo.mask))
        singles = [
            self._settings.apply(replace(photo, mask=mask[None], static=static[None]))
            for mask, static in zip(photo.mask, photo.static, strict=True)
        ]
        mask, static = (
            torch.cat([getattr(single, name) for single in singles]) for name in ("mask", "static")
        )
        return replace(photo, mask=mask, static=static)

    def _helper(
        self, kind: type[nn.Module], key: str, file: str, weight: float, loss: str
    ) -> nn.Module | None:
        """A fixed network that a loss needs; None without that loss."""
        if weight <= 0:
            return None
        found = checkpoints.find(key, self.options.checkpoints_dir, file or None)
        if found is None:
            say(f"no {loss} loss: no {checkpoints.KNOWN[key].published} in {self.options.checkpoints_dir}")
            return None
        network = checkpoints.build_found(kind, found)
        say(f"{loss} loss: {found.path}")
        return network.to(self.device).requires_grad_(False)

    def _mattes(self, photos: Tensor) -> Tensor:
        self._matte = self._matte or Matte(self.options.checkpoints_dir, self.device)
        found = [torch.from_numpy(self._matte(to_image(photo)))[None] for photo in photos]
        return torch.stack(found).to(self.device)

    def _statics(self, photos: Tensor) -> Tensor:
        self._static = self._static or StaticDrawing(
            self.options.style, self.options.checkpoints_dir, self.device
        )
        return torch.cat([self._static(to_image(photo)) for photo in photos])


def twice(photo: PreparedPhoto) -> PreparedPhoto:
    """A batch of photos, repeated along the batch."""
    doubled = {name: torch.cat((v, v)) for name, v in vars(photo).items() if isinstance(v, Tensor)}
    features = tuple(torch.cat((v, v)) for v in photo.encoded.features)
    marks, static = photo.encoded.landmarks, photo.encoded.static
    static = static if static is None else torch.cat((static, static))
    return PreparedPhoto(**doubled, encoded=EncodedPhoto(features, torch.cat((marks, marks)), static))
