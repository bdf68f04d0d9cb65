"""Preparation: what depends on the photo alone, computed once for any number of frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from ..geometry.warping import landmark_maps
from ..networks.generator import EncodedPhoto, WarpGenerator
from .compose import filled_in, on_white, softened, widen
from .settings import InferenceSettings

MATTE_THRESHOLD = 0.5
CONTINUED = 3  # px beyond a photo's edge at which its continuation is blurred by the first level of a pyramid


@dataclass(frozen=True)
class PreparedPhoto:
    """What depends on the photo alone; images (1, C, S, S) in [−1, 1]. Or a batch of photos.

    foreground: the photo, white outside the mask; landmarks: (1, 68, 2) px; landmark_map: (1, 1, S, S);
    mask: (1, 1, S, S) in [0, 1], the person with the edge that is blended; drawing: the static drawing of
    the photo (UPD); background: the drawing as it is seen where the person moved away; encoded: the
    generator's features, None where there is no generator.
    """

    foreground: Tensor
    landmarks: Tensor
    landmark_map: Tensor
    mask: Tensor
    drawing: Tensor
    background: Tensor
    encoded: EncodedPhoto | None


def prepare_photo(
    generator: WarpGenerator | None,
    photo: Tensor,
    landmarks: Tensor,
    matte: Tensor,
    drawing: Tensor,
    settings: InferenceSettings,
) -> PreparedPhoto:
    """photo (1, 3, S, S) in [−1, 1], landmarks (1, 68, 2) px, matte (1, 1, S, S) in [0, 1], static drawing
    (1, C, S, S) in [−1, 1]. Or batches of these.

    A generator with 3 + C input channels sees the static drawing, too.
    """
    mask = (matte > MATTE_THRESHOLD).float() if settings.separated else torch.ones_like(matte)
    foreground = on_white(photo, mask)
    mask = widen(mask, settings.matte_margin)  # the photo was cut out without the margin
    landmark_map = landmark_maps(landmarks, photo.shape[-1])
    encoded = None
    if generator is not None:
        seen = [foreground]
        if generator.input_nc > photo.shape[1]:
            seen.append(on_white(drawing, mask))
        with settings.autocast(photo.device):
            encoded = generator.encode(torch.cat(seen, 1), landmark_map)
    background = vacated(drawing, mask, settings)
    edge = softened(mask, settings.soft_edge)
    return PreparedPhoto(foreground, landmarks, landmark_map, edge, drawing, background, encoded)


def vacated(drawing: Tensor, mask: Tensor, settings: InferenceSettings) -> Tensor:
    """The drawings (B, C, S, S) as they are seen where the persons, (B, 1, S, S) in {0, 1}, moved away."""
    if settings.vacated == "paper":
        return on_white(drawing, 1 - mask)
    if settings.vacated == "filled" and settings.separated:  # or there is nothing around to fill in from
        return filled_in(drawing, mask)
    return drawing


def of_the_face(matte: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The matte (S, S) in [0, 1] without parts that do not touch the face, landmarks (68, 2) px of it."""
    _, parts = cv2.connectedComponents((matte > MATTE_THRESHOLD).astype(np.uint8))
    outline = np.zeros(matte.shape, np.uint8)
    cv2.fillConvexPoly(outline, cv2.convexHull(landmarks.round().astype(np.int32)), 1)
    return matte * np.isin(parts, np.setdiff1d(parts[outline > 0], 0))


def continued(image: np.ndarray, visible: tuple[int, int, int, int]) -> np.ndarray:
    """An aligned photo (S, S, 3) uint8, continued into what lay outside the photo.

    visible: (left, top, right, bottom) px that the photo covers. White beyond the edge would be drawn as a
    line, a mirrored photo as a second ear, the edge's own pixels drawn out as streaks. So the colours of the
    edge go on into a blur of themselves that is as wide as they are far away.
    """
    left, top, right, bottom = visible
    size = len(image)
    margins = top, size - bottom, left, size - right
    if not any(margins):
        return image
    whole = cv2.copyMakeBorder(image[top:bottom, left:right], *margins, cv2.BORDER_REPLICATE)
    levels = int(np.log2(size)) - 2
    places = np.arange(size)
    beyond_x, beyond_y = (
        np.maximum(low - 1 - places, places - high).clip(0) for low, high in ((left, right), (top, bottom))
    )
    level = np.log2(1 + np.maximum(beyond_x, beyond_y[:, None]) / CONTINUED).clip(max=levels)[..., None]
    filled = np.zeros(image.shape, np.float32)
    for number, blurred in enumerate(_blurred(whole, levels)):
        filled += (1 - np.abs(level - number)).clip(0).astype(np.float32) * blurred
    return np.round(filled).astype(np.uint8)


def _blurred(image: np.ndarray, levels: int) -> Iterator[np.ndarray]:
    """The image, then blurred so many times, each time twice as widely: levels of a pyramid, enlarged."""
    sizes = [image.shape[1::-1]]
    yield image
    for _ in range(levels):
        image = cv2.pyrDown(image)
        enlarged = image
        for size in reversed(sizes):
            enlarged = cv2.pyrUp(enlarged, dstsize=size)
        sizes.append(image.shape[1::-1])
        yield enlarged
