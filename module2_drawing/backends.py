"""The helpers around the generator: matte, static drawing, flow A and the generator's own weights.

Each takes a published checkpoint where there is one and says in `description` what it uses otherwise.
"""

from __future__ import annotations

import os
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.native import silenced

from . import styles
from .networks import FlowRegressionUNet, MODNet, StaticDrawingGenerator, WarpGenerator
from .util.images import resized, to_image, to_tensor
from .warping import landmark_discs, spline_flow, with_border

SIZE = 256  # px that the networks work at
FLOW_SIZE = 224  # px that flow A is regressed at
FLOW_SCALE = 20.0  # px of one unit of the regressed flow
STATIC_STYLE = (0.0, 1.0, 0.0)  # which of the static generator's three styles is the paper's
PUBLISHED_STATIC = {"line_drawing": "static_drawing"}

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
    """The drawing of the unmoved photo: the background of every frame, and the target in training."""

    def __init__(self, style: str, checkpoints_dir: PathLike, device: torch.device) -> None:
        self._device = device
        self._network: nn.Module | None = None
        key = PUBLISHED_STATIC.get(style)
        found = checkpoints.find(key, checkpoints_dir) if key else None
        if found is None:
            self._render = styles.load(style).render
            self.description = f"static drawing: procedural renderer {style} (no static checkpoint)"
        else:
            self._network = _loaded(StaticDrawingGenerator(), found, device)
            self.description = f"static drawing: {found.path}"

    @torch.no_grad()
    def __call__(self, photo: np.ndarray) -> Tensor:
        """(H, W, 3) uint8 RGB → (1, C, 256, 256) in [−1, 1] on the device; C is 1 or 3, as the style is."""
        if self._network is None:
            drawing = to_tensor(self._render(photo)).to(self._device)
            return drawing if drawing.shape[-1] == SIZE else F.interpolate(drawing, (SIZE, SIZE), mode="area")
        photo_tensor = to_tensor(resized(photo, SIZE)).to(self._device)
        double = F.interpolate(photo_tensor, scale_factor=2.0, mode="bilinear", align_corners=False)
        return F.interpolate(self._network_draws(double), (SIZE, SIZE), mode="bilinear", align_corners=False)

    @torch.no_grad()
    def large(self, photo: np.ndarray) -> np.ndarray:
        """(512, 512, 3) uint8 RGB → (512, 512[, 3]) uint8, for training data."""
        if self._network is None:
            return self._render(photo)
        drawing = to_image(self._network_draws(to_tensor(photo).to(self._device)))
        return drawing[..., 0] if (drawing == drawing[..., :1]).all() else drawing

    def _network_draws(self, photo: Tensor) -> Tensor:
        return self._network(photo, torch.tensor([STATIC_STYLE], device=self._device))


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
    """The spline through the landmarks in flow A's form, the edges of the frame held still.

    Returns flow (B, 2, 256, 256) px as x, y, and a mask of ones.
    """
    flow = -spline_flow(with_border(source), with_border(target), SIZE, stride).flip(-1).permute(0, 3, 1, 2)
    return flow, torch.ones_like(flow[:, :1])


def load_generator(found: checkpoints.Found, device: torch.device) -> WarpGenerator:
    """A warping generator with the width and depth that its weights have, in eval mode.

    Raises InputError that names the file where the weights are of another network.
    """
    state = checkpoints.load_state(found.path, found.known.inside)
    try:
        network = WarpGenerator(**generator_shape(state))
    except (KeyError, ValueError, IndexError, RuntimeError):
        raise InputError(f"{found.path} holds no warping generator; give its *_net_G_A.pth") from None
    checkpoints.load_into(network, state, found.path, found.known.ignore)
    return network.to(device).eval().requires_grad_(False)


def generator_shape(state: dict[str, Tensor]) -> dict[str, int]:
    """The arguments of WarpGenerator that a state dict was made with."""
    ngf, input_nc = state["model_tri10.1.weight"].shape[:2]
    last = max((name for name in state if name.startswith("model3.") and name.endswith(".bias")), key=_layer)
    n_blocks = 1 + max(_layer(name) for name in state if name.startswith("model2."))
    with_landmarks = [i for i in range(n_blocks) if f"model2.{i}.shortcut.0.weight" in state]
    div = with_landmarks[1] - with_landmarks[0] if len(with_landmarks) > 1 else n_blocks
    disp = -with_landmarks[0] % div
    return {
        "input_nc": input_nc,
        "output_nc": len(state[last]),
        "ngf": ngf,
        "n_blocks": n_blocks,
        "div": div,
        "disp": disp,
    }


def _layer(name: str) -> int:
    return int(name.split(".")[1])


def _loaded(network: nn.Module, found: checkpoints.Found, device: torch.device) -> nn.Module:
    checkpoints.load_found(network, found)
    return network.to(device).eval().requires_grad_(False)


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
