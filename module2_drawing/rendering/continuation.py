"""Continuation: a photo beyond its own edge, where the crop of a face is larger."""

from collections.abc import Iterator

import cv2
import numpy as np

CONTINUED = 3  # px beyond a photo's edge at which its continuation is blurred by the first level of a pyramid


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
