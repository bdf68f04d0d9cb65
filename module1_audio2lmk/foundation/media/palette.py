"""Palette of a GIF: 255 colours for all frames, so that what stands still does not flicker."""

import numpy as np
from PIL import Image

TRANSPARENT = 255  # index of the colour that is none
_SEEN = 4  # px from one to the next that the colours are chosen by
# Ordered dither: the same threshold at the same place in every frame.
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 15 / 32
_DITHER = 12.0  # grey levels


class Palette:
    """The colours of the first frames, each (H, W, 3 or 4) uint8; greys alone where these have no others."""

    def __init__(self, frames: list[np.ndarray]) -> None:
        pixels = np.concatenate([frame[::_SEEN, ::_SEEN, :3].reshape(-1, 3) for frame in frames])
        self._grey = bool((pixels == pixels[:, :1]).all())
        if self._grey:
            greys = np.arange(256).clip(max=254).astype(np.uint8)
            colours = np.repeat(greys[:, None], 3, 1)
            colours[254] = 255
        else:
            side = int(len(pixels) ** 0.5)
            picture = Image.fromarray(pixels[: side * side].reshape(side, side, 3))
            self._picture = picture.quantize(255, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            found = np.array(self._picture.getpalette(), np.uint8).reshape(-1, 3)
            colours = np.zeros((256, 3), np.uint8)
            colours[: len(found)] = found
        opacity = np.full((256, 1), 255, np.uint8)
        opacity[TRANSPARENT] = 0
        #: (256, 4) uint8 alpha, red, green, blue.
        self.colours = np.concatenate((opacity, colours), 1)

    def indices(self, frame: np.ndarray) -> np.ndarray:
        """(H, W, 3 or 4) uint8 → (H, W) uint8; what is less than half opaque is transparent."""
        if self._grey:
            found = np.minimum(frame[..., 1], 254)
        else:
            rows, columns = frame.shape[:2]
            dither = np.tile(_BAYER, (rows // 4 + 1, columns // 4 + 1))[:rows, :columns, None] * _DITHER
            dithered = np.clip(frame[..., :3] + dither, 0, 255).astype(np.uint8)
            quantised = Image.fromarray(dithered).quantize(palette=self._picture, dither=Image.Dither.NONE)
            found = np.asarray(quantised)
        return (
            found
            if frame.shape[2] == 3
            else np.where(frame[..., 3] < 128, TRANSPARENT, found).astype(np.uint8)
        )
