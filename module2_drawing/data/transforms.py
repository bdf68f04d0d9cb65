"""Geometric transform, one for an image, its masks and its landmarks: scale, crop, mirror."""

import argparse
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from module1_audio2lmk.foundation.face.geometry import MIRRORED

from ..util.images import to_tensor

Window = tuple[float, float, float, float]  # left, top, right and bottom as fractions of the frame
#: Where the alignment puts the face.
FACE_WINDOW: Window = (0.15, 0.2, 0.85, 0.9)


@dataclass(frozen=True)
class Transform:
    """size: (width, height) px to scale the image to; crop: (left, top, width, height); flip: mirror."""

    size: tuple[int, int]
    crop: tuple[int, int, int, int]
    flip: bool = False

    def image(self, image: Image.Image) -> Image.Image:
        if image.size != self.size:
            image = image.resize(self.size, Image.Resampling.BICUBIC)
        left, top, width, height = self.crop
        if (width, height) != self.size:
            image = image.crop((left, top, left + width, top + height))
        return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if self.flip else image

    def tensor(self, image: Image.Image) -> Tensor:
        """Image → (C, h, w) in [−1, 1]."""
        return to_tensor(np.asarray(self.image(image)))[0]

    def mask(self, image: Image.Image) -> Tensor:
        """Mask image → (1, h, w) in [0, 1]."""
        return self.tensor(image.convert("L")) / 2 + 0.5

    def landmarks(self, points: np.ndarray, original: tuple[int, int]) -> Tensor:
        """(68, 2) float32 px of the original (width, height) → (68, 2) px of the result."""
        points = torch.from_numpy(points)
        x = points[:, 0] * self.size[0] / original[0] - self.crop[0]
        y = points[:, 1] * self.size[1] / original[1] - self.crop[1]
        if not self.flip:
            return torch.stack((x, y), 1)
        # Pixel x becomes width − 1 − x in the mirrored image.
        return torch.stack((self.crop[2] - 1 - x, y), 1)[MIRRORED]

    def window(self, fractions: Window = FACE_WINDOW) -> Tensor:
        """Face window, fractions (left, top, right, bottom) → (left, right, top, bottom) px of the result."""
        left = round(fractions[0] * self.size[0] - self.crop[0])
        top = round(fractions[1] * self.size[1] - self.crop[1])
        right = left + round((fractions[2] - fractions[0]) * self.size[0])
        bottom = top + round((fractions[3] - fractions[1]) * self.size[1])
        if self.flip:
            left, right = self.crop[2] - right, self.crop[2] - left
        return torch.tensor((left, right, top, bottom))


def choose_transform(
    options: argparse.Namespace,
    original: tuple[int, int],
    random: np.random.Generator,
    window: Window = FACE_WINDOW,
) -> Transform:
    """Draw a transform as the options `preprocess`, `load_size`, `crop_size` and `no_flip` want it.

    The crop keeps the face window, fractions (left, top, right, bottom), inside where that is possible.
    """
    width, height = _scaled(options, original)
    if "crop" in options.preprocess:
        crop_width, crop_height = min(options.crop_size, width), min(options.crop_size, height)
        left = _place(width, crop_width, window[0], window[2], random)
        top = _place(height, crop_height, window[1], window[3], random)
    else:
        crop_width, crop_height, left, top = width, height, 0, 0
    flip = bool(random.random() > 0.5) and not options.no_flip
    return Transform((width, height), (left, top, crop_width, crop_height), flip)


def _scaled(options: argparse.Namespace, original: tuple[int, int]) -> tuple[int, int]:
    width, height = original
    if "resize" in options.preprocess:
        return options.load_size, options.load_size
    if "scale_width" in options.preprocess:
        return options.load_size, options.load_size * height // width
    if options.preprocess == "none":
        return max(4, round(width / 4) * 4), max(4, round(height / 4) * 4)
    return width, height


def _place(length: int, crop: int, start: float, end: float, random: np.random.Generator) -> int:
    """Where a crop begins, so that the fractions start … end of the length stay inside if they fit."""
    first = max(0, round(end * length) - crop)
    last = min(length - crop, round(start * length))
    return int(random.integers(first, last + 1)) if first <= last else max(0, min(first, length - crop))
