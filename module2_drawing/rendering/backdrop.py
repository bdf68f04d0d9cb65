"""Backdrop: what stands behind the person, and the person's colours without what was behind them."""

from pathlib import Path

import cv2
import numpy as np

from module1_audio2lmk.foundation.media import read_image

KEEP, PAPER, NONE = "keep", "paper", "none"
PAPER_GREY = 255
INSIDE = 2  # px of 256 inside the matte, from where on colours are the person's own
REACH = 8  # px of 256 that these go on outwards: as far as any edge, blur or motion reaches


class Backdrop:
    """What is behind the person: the drawing's own background, paper, nothing, or an image.

    name: "keep", "paper", "none" or the file of an image. Raises InputError where that cannot be read.
    """

    def __init__(self, name: str | Path = KEEP) -> None:
        self.keeps, self.transparent = name == KEEP, name == NONE
        self._image = None if name in (KEEP, PAPER, NONE) else read_image(name)

    def picture(self, height: int, width: int) -> np.ndarray | None:
        """(H, W, 3) uint8 RGB: the middle of the image, as large as fits, or paper; None for nothing."""
        if self.transparent:
            return None
        if self._image is None:
            return np.full((height, width, 3), PAPER_GREY, np.uint8)
        rows, columns = self._image.shape[:2]
        scale = max(height / rows, width / columns)
        high, wide = min(rows, round(height / scale)), min(columns, round(width / scale))
        top, left = (rows - high) // 2, (columns - wide) // 2
        part = self._image[top : top + high, left : left + wide]
        return cv2.resize(
            part, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        )

    def behind(self, person: np.ndarray, opacity: np.ndarray, picture: np.ndarray | None) -> np.ndarray:
        """The person (H, W[, 3]) uint8, opaque as (H, W) float32 in [0, 1] says, over a `picture`.

        Returns (H, W, 3) uint8; (H, W, 4), not premultiplied, where nothing is behind.
        """
        person = coloured(person)
        if picture is None:
            return np.dstack((person, np.rint(opacity * 255).astype(np.uint8)))
        return cv2.blendLinear(person, picture, opacity, 1 - opacity)


def coloured(drawing: np.ndarray) -> np.ndarray:
    """(H, W[, 3]) uint8 → (H, W, 3)."""
    return drawing if drawing.ndim == 3 else cv2.cvtColor(drawing, cv2.COLOR_GRAY2RGB)


def unmixed(drawing: np.ndarray, mask: np.ndarray, unit: float) -> np.ndarray:
    """A drawing (H, W[, 3]) uint8 whose colours of the person go on beyond the edge; paper farther out.

    A half transparent edge would otherwise show what was behind the person as a halo. mask: (H, W) uint8 in
    {0, 1}; unit: px of 1/256 of the crop. Outside a line drawing's mask there is paper: its edge is a line.
    """
    if drawing.ndim == 2:
        return np.where(mask > 0, drawing, np.uint8(PAPER_GREY))
    inside = cv2.erode(mask, disc(INSIDE * unit))
    if not inside.any():
        return np.full_like(drawing, PAPER_GREY)
    distance, nearest = cv2.distanceTransformWithLabels(
        1 - inside, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    source = np.zeros((nearest.max() + 1, 3), np.uint8)
    source[nearest[inside > 0]] = drawing[inside > 0]
    carried = source[nearest]
    carried[distance > REACH * unit] = PAPER_GREY
    return np.where(inside[..., None] > 0, drawing, carried)


def disc(radius: float) -> np.ndarray:
    """A structuring element of `radius` px."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(radius) + 1,) * 2)
