"""Paint of a layered drawing: the network's window, its inputs, and its paint over a frame of any size."""

import cv2
import numpy as np
import torch

from module1_audio2lmk.foundation import checkpoints

from ..face_parts import expression, part_planes
from ..geometry.lattice_motion import UNIT, pixels, places
from ..networks.paint import PaintNetwork
from .backends import loaded
from .window import FADE, LEFT, SIDE, TOP, WINDOW


class Painter:
    """Paints over a moved drawing what no motion of it can show, from the weights of a paint network."""

    def __init__(self, found: checkpoints.Found, device: torch.device) -> None:
        self._network, self._device = loaded(PaintNetwork, found, device), device
        self.description = f"drawing: the moved static drawing, paint {found.path} ({found.origin})"
        steps = np.minimum(np.arange(1, SIDE + 1), np.arange(SIDE, 0, -1)) / FADE
        ramp = np.minimum(steps, 1).astype(np.float32)
        self._fade = np.minimum(ramp[:, None], ramp)  # paint must not end in a line

    def prepare(self, photo: np.ndarray, landmarks: np.ndarray, lenses: np.ndarray | None = None) -> None:
        """Take a photo (256, 256, 3) uint8 RGB with its landmarks (68, 2) px of 256.

        lenses: (S, S) in [0, 1], where dark glasses cover the eyes and nothing is painted; None for none.
        """
        self._photo, self._source = photo, landmarks
        self._free = None
        if lenses is not None:
            self._free = 1 - cv2.resize(lenses, (UNIT, UNIT), interpolation=cv2.INTER_AREA)

    def paint(self, drawing: np.ndarray, flow: np.ndarray, target: np.ndarray) -> None:
        """Paint into a moved drawing (S, S[, 3]) uint8; flow: (256, 256, 2) px of 256, target: (68, 2) px."""
        size = drawing.shape[0]
        window = WINDOW.scaled(size / UNIT)
        part = np.ascontiguousarray(drawing[window.rows, window.columns])
        small = cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA) if size != UNIT else part
        colour, opacity, shift = self._painted(small, flow, target)
        share = self._fade
        if self._free is not None:
            place = places(flow, UNIT)[WINDOW.rows, WINDOW.columns]
            share = share * cv2.remap(self._free, place, None, cv2.INTER_LINEAR, borderValue=1)
        opacity *= share
        shift *= share[..., None] * np.float32(size / UNIT)
        if size != UNIT:
            colour, opacity, shift = (
                cv2.resize(plane, (window.side, window.side), interpolation=cv2.INTER_LINEAR)
                for plane in (colour, opacity, shift)
            )
        place = shift + pixels(window.side)
        part = cv2.remap(part, place, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        drawing[window.rows, window.columns] = cv2.blendLinear(colour, part, opacity, 1 - opacity)

    @torch.inference_mode()
    def _painted(
        self, below: np.ndarray, flow: np.ndarray, target: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Moved drawing in the window → colour (SIDE, SIDE[, 3]) uint8, opacity (SIDE, SIDE) in [0, 1], and
        shift (SIDE, SIDE, 2) px of 256."""
        place = places(flow, UNIT)[WINDOW.rows, WINDOW.columns]
        photo = cv2.remap(self._photo, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        parts = part_planes(target - (LEFT, TOP), SIDE)
        numbers = expression(np.stack((self._source, target)))
        planes = (planes_of(below), planes_of(photo), torch.from_numpy(parts), torch.from_numpy(numbers))
        paint = self._network(*(plane[None].to(self._device) for plane in planes))
        colour = ((paint.colour[0] + 1) * 127.5 + 0.5).byte().permute(1, 2, 0).cpu().numpy()
        shift = np.ascontiguousarray(paint.shift[0].movedim(0, -1).cpu().numpy())
        return np.ascontiguousarray(colour.reshape(below.shape)), paint.opacity[0, 0].cpu().numpy(), shift


def planes_of(image: np.ndarray) -> torch.Tensor:
    """(h, w[, C]) uint8 → (C, h, w) float32 in [−1, 1]."""
    planes = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(planes)).float() / 127.5 - 1
