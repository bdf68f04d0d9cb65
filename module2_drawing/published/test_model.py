"""Published test model: photos drawn with given landmarks, frame by frame."""

import argparse
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError, say

from ..networks import WarpGenerator, define_G
from ..options.flags import Flag
from ..rendering.backends import loaded
from ..rendering.pipeline import DrawnFrames
from ..rendering.prepare import PreparedPhoto
from ..rendering.renderer import Renderer
from ..rendering.settings import TRAINED, VACATED, InferenceSettings
from ..styles import renderer_name, renderers
from .names import EXPERIMENTS, load_weights, weights_path

MARK = (1.0, -1.0, -1.0)  # red
MARK_RADIUS = 3


class PortraitTestModel:
    """Generator, matte, static drawing and flow A; what depends on the photo alone is computed once.

    rounded: whether `visuals` are rounded to grey levels, or cut off as by the published program.
    """

    FLAGS = (
        Flag("netg_resb_div", 3, "every so many residual blocks take landmarks"),
        Flag("netg_resb_disp", 1, "shifts which of them do"),
        Flag("style", "auto", "of the background: auto, by --name, else line_drawing", kind=renderer_name),
        Flag("matte_margin", None, "this and the next two are as in training, unless given", kind=int),
        Flag("soft_edge", None, "σ px of the blur of the matte in blending", kind=float),
        Flag("vacated", None, "background where the person was", VACATED, kind=str),
    )

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.device = options, options.device
        self._own = weights_path(options, "G_A")
        found = self._found()
        generator = self._generator() if found is None else self._fitting(found)
        path = self._own if found is None else found.path
        given = {name: value for name in TRAINED if (value := getattr(options, name, None)) is not None}
        settings = replace(InferenceSettings.of(path), **given)
        self.rounded = not settings.published
        self._renderer = Renderer(generator, settings, self._style(), options.checkpoints_dir, self.device)
        for description in [*self._renderer.descriptions, *([str(generator)] if options.verbose else [])]:
            say(description)
        self._photo_key: Hashable = None

    def visuals(self, item: dict[str, Any]) -> dict[str, Tensor]:
        """An item of the data set `portrait_test` → images (1, C, H, W) in [−1, 1] by their published names:
        fake_B is the frame."""
        if item["photo_key"] != self._photo_key:
            self._renderer.prepare(item["photo"], item["landmarks"].numpy())
            self._photo_key = item["photo_key"]
        frame = self._renderer.draw(item["target"][None].numpy())
        assert self._renderer.photo is not None  # as it was prepared
        return visuals_of(self._renderer.photo, frame, item["target"], item["window"])

    def _found(self) -> checkpoints.Found | None:
        """Weights that take the place of a published experiment's, where those are not there."""
        name = self.options.name
        if self._own.is_file() or name not in EXPERIMENTS:
            return None
        found = checkpoints.find(EXPERIMENTS[name], self.options.checkpoints_dir)
        return found if found and (found.origin == "default" or found.path.name == self._own.name) else None

    def _fitting(self, found: checkpoints.Found) -> torch.nn.Module:
        generator = loaded(WarpGenerator, found, self.device)
        if generator.output_nc != self.options.output_nc:
            channels = generator.output_nc
            raise InputError(f"{found.path} draws {channels} channels; use --output_nc {channels}")
        say(f"generator: {found.path} ({found.origin}; there is no {self._own})")
        return generator

    def _generator(self) -> torch.nn.Module:
        options = self.options
        shape = {"div": options.netg_resb_div, "disp": options.netg_resb_disp}
        generator = define_G(options.netG, options.input_nc, options.output_nc, options.ngf, **shape)
        load_weights(generator, options, "G_A")
        say(f"generator: {self._own}")
        return generator.to(self.device).eval().requires_grad_(False)

    def _style(self) -> str:
        if self.options.style != "auto":
            return self.options.style
        return next(
            (file for style, file in renderers().items() if style in self.options.name), "line_drawing"
        )


def visuals_of(photo: PreparedPhoto, frame: DrawnFrames, target: Tensor, window: Tensor) -> dict[str, Tensor]:
    """Images (1, C, S, S) in [−1, 1]; `fake_B` is the frame.

    target: (68, 2) px; window: (left, right, top, bottom) px of the target's face.
    """
    return {
        "real_A": photo.foreground,
        "real_A_lm": photo.landmark_map,
        "target_B_lm": frame.landmark_map,
        "fake_B": frame.drawing,
        "fake_B_vis": marked(frame.drawing, target, window),
        "fg_mask": photo.mask * 2 - 1,
        "fakeB_static": photo.drawing,
        "fake_B_fore": frame.foreground,
        "fg_mask1": frame.mask * 2 - 1,
    }


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
