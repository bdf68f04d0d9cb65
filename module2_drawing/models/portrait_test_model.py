"""Draws photos with given landmarks, frame by frame: the published test model."""

from __future__ import annotations

import argparse
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError, say
from module1_audio2lmk.foundation.published_flags import add_published_flags

from ..networks import WarpGenerator, define_G
from ..rendering.backends import loaded
from ..rendering.flow import FlowRegressor
from ..rendering.matte import Matte
from ..rendering.pipeline import DrawnFrames, draw_frames
from ..rendering.prepare import PreparedPhoto, prepare_photo
from ..rendering.settings import TRAINED, VACATED, InferenceSettings
from ..rendering.static_drawing import StaticDrawing
from ..styles import renderer_name, renderers
from ..util.images import to_tensor
from .base_model import BaseModel

#: Experiments of the published program; without their files they run on the weights trained here.
PUBLISHED = {"formal/drawing": "generator_drawing", "formal/cartoon": "generator_cartoon"}
MARK = (1.0, -1.0, -1.0)  # red
MARK_RADIUS = 3


class PortraitTestModel(BaseModel):
    """Generator, matte, static drawing and flow A; what depends on the photo alone is computed once."""

    @staticmethod
    def add_options(parser: argparse.ArgumentParser, is_train: bool) -> None:
        add = parser.add_argument
        add("--netg_resb_div", type=int, default=3, help="every so many residual blocks take landmarks")
        add("--netg_resb_disp", type=int, default=1, help="shifts which of them do")
        add(
            "--style",
            type=renderer_name,
            default="auto",
            help="the background's style; auto: what --name says, else line_drawing",
        )
        add("--matte_margin", type=int, help="this and the next two are as in training, unless given")
        add("--soft_edge", type=float, help="σ px of the blur of the matte in blending")
        add("--vacated", choices=VACATED, help="background where the person was")
        add_published_flags(parser, "portrait_test")
        parser.set_defaults(dataset_mode="portrait_test")

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        given = {name: getattr(options, name) for name in TRAINED if getattr(options, name) is not None}
        self._settings = replace(InferenceSettings.of(self.weights_path("G_A")), **given)
        self.generator = self._generator()
        self.networks = {"G_A": self.generator}
        self._matte = Matte(options.checkpoints_dir, self.device)
        self._static = StaticDrawing(self._style(), options.checkpoints_dir, self.device)
        self._flow = FlowRegressor(options.checkpoints_dir, self.device)
        for part in (self._matte, self._static, self._flow):
            say(part.description)
        self._prepared_key: Hashable = None
        self._photo: PreparedPhoto | None = None
        self._frame: DrawnFrames | None = None

    def set_input(self, item: dict[str, Any]) -> None:
        """An item of the data set `portrait_test`."""
        if self._photo is None or item["photo_key"] != self._prepared_key:
            self._photo = self._prepare(item)
            self._prepared_key = item["photo_key"]
        self._target = item["target"][None].to(self.device)
        self._window = item["window"]

    def test(self) -> None:
        with self._settings.autocast(self.device):
            self._frame = draw_frames(
                self.generator, self._flow, self._photo, self._target, crispness=self._settings.crispness
            )

    def visuals(self) -> dict[str, Tensor]:
        """The published names: fake_B is the frame."""
        photo, frame = self._photo, self._frame
        return {
            "real_A": photo.foreground,
            "real_A_lm": photo.landmark_map,
            "target_B_lm": frame.landmark_map,
            "fake_B": frame.drawing,
            "fake_B_vis": marked(frame.drawing, self._target[0], self._window),
            "fg_mask": photo.mask * 2 - 1,
            "fakeB_static": photo.static,
            "fake_B_fore": frame.foreground,
            "fg_mask1": frame.mask * 2 - 1,
        }

    def _prepare(self, item: dict[str, Any]) -> PreparedPhoto:
        photo, matte = item["photo"], torch.from_numpy(self._matte(item["photo"]))[None, None]
        with self._settings.autocast(self.device):
            prepared = prepare_photo(
                self.generator,
                to_tensor(photo).to(self.device),
                item["landmarks"][None].to(self.device),
                self._settings.matte(matte).to(self.device),
                self._static(photo),
                self._settings.matte_margin,
            )
        return self._settings.apply(prepared)

    def _generator(self) -> torch.nn.Module:
        options, path = self.options, self.weights_path("G_A")
        found = None
        if not path.is_file() and options.name in PUBLISHED:
            found = checkpoints.find(PUBLISHED[options.name], options.checkpoints_dir)
        if found is not None and (found.origin == "default" or found.path.name == path.name):
            self._settings = InferenceSettings.of(found.path)
            say(f"generator: {found.path} ({found.origin}; there is no {path})")
            return self._fitting(loaded(WarpGenerator, found, self.device), found.path)
        shape = {"div": options.netg_resb_div, "disp": options.netg_resb_disp}
        self.networks["G_A"] = define_G(
            options.netG, options.input_nc, options.output_nc, options.ngf, **shape
        )
        self.load_networks()
        say(f"generator: {path}")
        return self.networks["G_A"].to(self.device).eval().requires_grad_(False)

    def _fitting(self, generator: torch.nn.Module, path: object) -> torch.nn.Module:
        channels = generator.output_nc
        if channels != self.options.output_nc:
            raise InputError(f"{path} draws {channels} channels; use --output_nc {channels}")
        return generator

    def _style(self) -> str:
        if self.options.style != "auto":
            return self.options.style
        return next(
            (file for style, file in renderers().items() if style in self.options.name), "line_drawing"
        )


def marked(drawing: Tensor, landmarks: Tensor, window: Tensor) -> Tensor:
    """The drawing (1, C, S, S) with red squares on landmarks (68, 2) px and a red frame at the window."""
    image = drawing.expand(-1, 3, -1, -1).clone()
    left, right, top, bottom = (int(v) for v in window)
    boxes = [(round(x), round(x), round(y), round(y)) for x, y in landmarks.tolist()]
    boxes += [(left, right, top, top), (left, right, bottom, bottom)]
    boxes += [(left, left, top, bottom), (right, right, top, bottom)]
    colour = torch.tensor(MARK, device=image.device).view(1, 3, 1, 1)
    for x1, x2, y1, y2 in boxes:
        rows = slice(max(0, y1 - MARK_RADIUS), max(0, y2 + MARK_RADIUS))
        columns = slice(max(0, x1 - MARK_RADIUS), max(0, x2 + MARK_RADIUS))
        image[:, :, rows, columns] = colour
    return image
