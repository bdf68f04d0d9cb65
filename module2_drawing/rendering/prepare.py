"""Preparation: what depends on the photo alone, computed once for any number of frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.face.align import CROP_SIZE, AlignedFace

from ..geometry.warping import landmark_maps
from ..networks.generator import EncodedPhoto, WarpGenerator
from .backends import SIZE
from .compose import on_white, widen
from .matte import Matte

MATTE_THRESHOLD = 0.5
CONTINUED, CONTINUED_BLUR = 30, 25.0  # px of 512: from there on a continued photo is blurred, with this σ


@dataclass(frozen=True)
class PreparedPhoto:
    """What depends on the photo alone; images (1, C, 256, 256) in [−1, 1].

    foreground: the photo, white outside the mask; landmarks: (1, 68, 2) px; landmark_map: (1, 1, 256, 256);
    mask: (1, 1, 256, 256), 0 or 1; static: drawing of the photo, the background; encoded: features.
    """

    foreground: Tensor
    landmarks: Tensor
    landmark_map: Tensor
    mask: Tensor
    static: Tensor
    encoded: EncodedPhoto


def prepare_photo(
    generator: WarpGenerator,
    photo: Tensor,
    landmarks: Tensor,
    matte: Tensor,
    static: Tensor,
    matte_margin: int = 0,
) -> PreparedPhoto:
    """photo (1, 3, 256, 256) in [−1, 1], landmarks (1, 68, 2) px, matte (1, 1, 256, 256) in [0, 1], static
    drawing (1, C, 256, 256) in [−1, 1]. Or batches of these.

    matte_margin: px by which the mask is widened after the photo was cut out with it, so that the generator
    draws outlines whole. A generator with 3 + C input channels sees the static drawing, too.
    """
    mask = (matte > MATTE_THRESHOLD).float()
    foreground = on_white(photo, mask)
    mask = widen(mask, matte_margin)
    landmark_map = landmark_maps(landmarks, photo.shape[-1])
    shown = foreground
    if generator.input_nc > photo.shape[1]:
        shown = torch.cat((foreground, on_white(static, mask)), 1)
    # What is painted over is the whole drawing: cut out, its white would show at the edges of the mask.
    encoded = generator.encode(shown, landmark_map)._replace(static=static)
    return PreparedPhoto(foreground, landmarks, landmark_map, mask, static, encoded)


def to_frame(landmarks: np.ndarray) -> np.ndarray:
    """px of the 512² crop → px of the 256² frame, float32."""
    return np.ascontiguousarray(landmarks, np.float32) * np.float32(SIZE / CROP_SIZE)


def small_matte(matte: Matte, image: np.ndarray) -> Tensor:
    """The matte of an aligned photo, (1, 1, 256, 256) in [0, 1]."""
    found = matte(image)
    if found.shape != (SIZE, SIZE):
        found = cv2.resize(found, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(found)[None, None]


def of_the_face(matte: Tensor, face: AlignedFace) -> Tensor:
    """The matte (1, 1, 256, 256) without parts that do not touch the face."""
    _, parts = cv2.connectedComponents((matte[0, 0].numpy() > MATTE_THRESHOLD).astype(np.uint8))
    outline = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillConvexPoly(outline, cv2.convexHull(to_frame(face.landmarks[:, :2]).round().astype(np.int32)), 1)
    touching = np.setdiff1d(parts[outline > 0], 0)
    return matte * torch.from_numpy(np.isin(parts, touching)).to(matte)


def completed(face: AlignedFace) -> np.ndarray:
    """The aligned photo (512, 512, 3) uint8, continued into what lay outside the photo.

    White beyond the edge would be drawn as a line, a mirrored photo as a second ear. So the colours of the
    edge go on, and fade into a blur of themselves.
    """
    left, top, right, bottom = face.visible
    margins = top, CROP_SIZE - bottom, left, CROP_SIZE - right
    if not any(margins):
        return face.image
    whole = cv2.copyMakeBorder(face.image[top:bottom, left:right], *margins, cv2.BORDER_REPLICATE)
    blurred = cv2.GaussianBlur(whole, (0, 0), CONTINUED_BLUR)
    places = np.arange(CROP_SIZE)
    beyond_x, beyond_y = (
        np.maximum(low - places, places - (high - 1)).clip(0) for low, high in ((left, right), (top, bottom))
    )
    share = (np.maximum(beyond_x, beyond_y[:, None]) / CONTINUED).clip(max=1)[..., None]
    return np.round(whole + share * (blurred.astype(float) - whole)).astype(np.uint8)
