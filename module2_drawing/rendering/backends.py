"""The helpers around the generator: matte, static drawing, flow A and the generator's own weights.

Each takes a published checkpoint where there is one and says in `description` what it uses otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.native import silenced

from .. import styles
from ..geometry.landmark_motion import landmark_flow
from ..geometry.warping import landmark_discs
from ..networks import FlowRegressionUNet, MODNet, OverpaintGenerator, StaticDrawingGenerator, WarpGenerator
from ..networks.photo2cartoon import Photo2CartoonGenerator
from ..util.images import resized, to_image, to_tensor

SIZE = 256  # px that the networks work at
FLOW_SIZE = 224  # px that flow A is regressed at
FLOW_SCALE = 20.0  # px of one unit of the regressed flow
STATIC_STYLE = (0.0, 1.0, 0.0)  # which of the static generator's three styles is the paper's
PUBLISHED_STATIC = {"line_drawing": "static_drawing", "cartoon": "static_cartoon"}
CARTOON_KEY = "genA2B"  # the part of the published cartoon file that draws

PathLike = str | os.PathLike[str]


class Matte:
    """Who is foreground: MODNet from its published checkpoint, else MediaPipe's selfie segmentation."""

    def __init__(self, checkpoints_dir: PathLike, device: torch.device) -> None:
        self._device = device
        self._network: nn.Module | None = None
        found = checkpoints.find("modnet", checkpoints_dir)
        if found is None:
            self._selfie = _selfie_segmentation()
            self.description = "matte: MediaPipe selfie segmentation (no MODNet checkpoint)"
        else:
            self._network = _loaded(MODNet(), found, device)
            self.description = f"matte: MODNet, {found.path}"

    @torch.no_grad()
    def __call__(self, photo: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 RGB → (256, 256) float32 in [0, 1], 1 on the person. MODNet works at 256²."""
        if self._network is None:
            with silenced():
                mask = self._selfie.process(np.ascontiguousarray(photo)).segmentation_mask
            return cv2.resize(np.clip(mask, 0, 1), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        matte = self._network(to_tensor(resized(photo, SIZE)).to(self._device))
        return matte[0, 0].float().cpu().numpy()


class StaticDrawing:
    """The drawing of the unmoved photo: the background of every frame, and the target in training.

    weights: a static drawing network trained here, to use instead of what the style has.
    """

    def __init__(
        self, style: str, checkpoints_dir: PathLike, device: torch.device, weights: PathLike | None = None
    ) -> None:
        self._device = device
        self._render: Callable[[np.ndarray], np.ndarray] | None = None
        key = PUBLISHED_STATIC.get(style)
        found = checkpoints.find(key, checkpoints_dir) if key else None
        if weights is not None:
            self._draws: Callable[[np.ndarray, int], Tensor] = self._network_draws
            self._network = _static_network(weights).to(device)
            self.description = f"static drawing: {weights}"
        elif found is None:
            self._draws, self._render = self._renderer_draws, styles.load(style).render
            self.description = f"static drawing: procedural renderer {style} (no static checkpoint)"
        elif style == "cartoon":
            self._draws, self._network = self._cartoon_draws, _cartoon_network(found).to(device)
            self.description = f"static drawing: {found.path}"
        else:
            self._draws, self._network = self._network_draws, _loaded(StaticDrawingGenerator(), found, device)
            self.description = f"static drawing: {found.path}"

    @torch.no_grad()
    def __call__(self, photo: np.ndarray) -> Tensor:
        """(H, W, 3) uint8 RGB → (1, C, 256, 256) in [−1, 1] on the device; C is 1 or 3, as the style is."""
        return self._draws(photo, SIZE)

    @torch.no_grad()
    def large(self, photo: np.ndarray) -> np.ndarray:
        """(512, 512, 3) uint8 RGB → (512, 512[, 3]) uint8, for training data."""
        if self._render is not None:
            return self._render(photo)
        drawing = to_image(self._draws(photo, 2 * SIZE))
        return drawing[..., 0] if (drawing == drawing[..., :1]).all() else drawing

    def _renderer_draws(self, photo: np.ndarray, size: int) -> Tensor:
        drawing = to_tensor(self._render(photo)).to(self._device)
        return drawing if drawing.shape[-1] == size else F.interpolate(drawing, (size, size), mode="area")

    def _network_draws(self, photo: np.ndarray, size: int) -> Tensor:
        """The line drawing network works at 512²; a drawing of 256² is made from 256², as published."""
        seen = to_tensor(resized(photo, size)).to(self._device)
        if size == SIZE:
            seen = F.interpolate(seen, scale_factor=2.0, mode="bilinear", align_corners=False)
        drawing = self._network(seen, torch.tensor([STATIC_STYLE], device=self._device))
        return F.interpolate(drawing, (size, size), mode="bilinear", align_corners=False)

    def _cartoon_draws(self, photo: np.ndarray, size: int) -> Tensor:
        """The cartoon network works at 256², on a photo cut off to whole grey values once more."""
        seen = ((to_tensor(resized(photo, SIZE)) + 1) * 127.5).byte().double() / 127.5 - 1
        drawing = self._network(seen.float().to(self._device))
        return F.interpolate(drawing, (size, size), mode="bilinear", align_corners=False)


class FlowRegressor:
    """Flow A: the published U-Net on landmark discs, else the thin-plate spline through the landmarks."""

    def __init__(self, checkpoints_dir: PathLike, device: torch.device) -> None:
        self._network: nn.Module | None = None
        found = checkpoints.find("flow_regression", checkpoints_dir)
        if found is None:
            self.description = "flow A: thin-plate spline of the landmarks (no flow regression checkpoint)"
        else:
            self._network = _loaded(_flow_network(found), found, device)
            self.description = f"flow A: regressed, {found.path}"

    @property
    def has_network(self) -> bool:
        """Whether flow A is regressed; otherwise it is `landmark_flow`."""
        return self._network is not None

    @torch.no_grad()
    def __call__(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Landmarks (B or 1, 68, 2) px of 256² → flow (B, 2, 256, 256) px as x, y; mask (B, 1, 256, 256).

        A pixel of the target frame shows the source at pixel + flow, where the mask is 1.
        """
        if self._network is None:
            return spline_backward_flow(source, target)
        batch = max(len(source), len(target))
        discs = [landmark_discs(points.expand(batch, -1, -1), FLOW_SIZE) for points in (source, target)]
        flow, visibility = self._network(torch.cat(discs, 1))[:2]
        mask = (visibility.argmax(1, keepdim=True) < 2).float()
        flow = flow * FLOW_SCALE * mask
        size = (SIZE, SIZE)
        flow = F.interpolate(flow / FLOW_SIZE * SIZE, size, mode="bilinear", align_corners=True)
        return flow, F.interpolate(mask, size, mode="bilinear", align_corners=True)


def spline_backward_flow(source: Tensor, target: Tensor, stride: int = 2) -> tuple[Tensor, Tensor]:
    """The landmarks' own motion in flow A's form: flow (B, 2, 256, 256) px as x, y, and a mask of ones."""
    flow = landmark_flow(source, target, SIZE, stride)
    return flow, torch.ones_like(flow[:, :1])


def load_generator(found: checkpoints.Found, device: torch.device) -> WarpGenerator:
    """A warping generator with the width and depth that its weights have, in eval mode.

    Raises InputError that names the file where the weights are of another network.
    """
    state = checkpoints.load_state(found.path, found.known.inside)
    try:
        network = generator_class(state)(**generator_shape(state))
    except (KeyError, ValueError, IndexError, RuntimeError):
        raise InputError(f"{found.path} holds no warping generator; give its *_net_G_A.pth") from None
    checkpoints.load_into(network, state, found.path, found.known.ignore)
    return network.to(device).eval().requires_grad_(False)


def generator_class(state: dict[str, Tensor]) -> type[WarpGenerator]:
    """The class of a generator's state dict: one that overpaints draws an opacity beside the drawing."""
    input_nc, drawn = state["model_tri10.1.weight"].shape[1], _drawn_channels(state)
    return OverpaintGenerator if input_nc > 3 and drawn == input_nc - 2 else WarpGenerator


def generator_shape(state: dict[str, Tensor]) -> dict[str, int]:
    """The arguments of `generator_class` that a state dict was made with."""
    ngf, input_nc = state["model_tri10.1.weight"].shape[:2]
    n_blocks = 1 + max(_layer(name) for name in state if name.startswith("model2."))
    with_landmarks = [i for i in range(n_blocks) if f"model2.{i}.shortcut.0.weight" in state]
    div = with_landmarks[1] - with_landmarks[0] if len(with_landmarks) > 1 else n_blocks
    disp = -with_landmarks[0] % div
    return {
        "input_nc": input_nc,
        "output_nc": _drawn_channels(state) - int(generator_class(state) is OverpaintGenerator),
        "ngf": ngf,
        "n_blocks": n_blocks,
        "div": div,
        "disp": disp,
    }


def _drawn_channels(state: dict[str, Tensor]) -> int:
    last = max((name for name in state if name.startswith("model3.") and name.endswith(".bias")), key=_layer)
    return len(state[last])


def _layer(name: str) -> int:
    return int(name.split(".")[1])


def _loaded(network: nn.Module, found: checkpoints.Found, device: torch.device) -> nn.Module:
    checkpoints.load_found(network, found)
    return network.to(device).eval().requires_grad_(False)


def _static_network(path: PathLike) -> nn.Module:
    """A static drawing network of the width, depth and colours that its weights have."""
    state = checkpoints.load_state(path)
    try:
        ngf, input_nc = state["model0.1.weight"].shape[:2]
        last = max((name for name in state if name.startswith("model.")), key=_layer)
        blocks = sum(name.startswith("model.") and name.endswith("conv_block.1.bias") for name in state)
        network = StaticDrawingGenerator(input_nc, len(state[last]), ngf, blocks)
    except (KeyError, ValueError, IndexError, RuntimeError):
        raise InputError(f"{path} holds no static drawing network; give a *_net_G.pth") from None
    checkpoints.load_into(network, state, path)
    return network.eval().requires_grad_(False)


def _cartoon_network(found: checkpoints.Found) -> nn.Module:
    network = Photo2CartoonGenerator()
    checkpoints.load_into(network, checkpoints.load_state(found.path, CARTOON_KEY), found.path)
    return network.eval().requires_grad_(False)


def _flow_network(found: checkpoints.Found) -> nn.Module:
    """The U-Net with the shape that the options beside the checkpoint give."""
    options = checkpoints.read_json(found.path.with_name(found.known.companion or "train_opt.json"))
    return FlowRegressionUNet.from_options(options)


def _selfie_segmentation() -> Any:
    with silenced():
        import mediapipe as mp

        selfie = mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)
        # Its first run sets up in another thread, which logs until the result is there.
        selfie.process(np.zeros((SIZE, SIZE, 3), np.uint8))
    return selfie
