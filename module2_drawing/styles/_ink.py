"""Thin lines for the coloured styles: the line drawing's flow-based DoG without its black fills."""

from dataclasses import replace

import numpy as np

from .line_drawing import LineDrawingSettings, flatten_lightness, flow_dog

#: A compressed ratio keeps dark areas (hair) above the threshold, so that lines stay and fills go.
INK_PEN = LineDrawingSettings(
    ratio_range=(-0.6, 1.25),
    line_sigma=1.1,
    sharpness=34.0,
    threshold=0.575,
    slope=7.0,
    flow_sigma=6.0,
    passes=1,
)
PENCIL = replace(INK_PEN, line_sigma=0.7, sharpness=40.0, threshold=0.56, slope=6.0, flow_sigma=4.0)


def ink_lines(photo: np.ndarray, pen: LineDrawingSettings) -> np.ndarray:
    """(h, w, 3) uint8 RGB → (h, w) float32 in [0, 1], 1 = full ink.

    The green channel shows lips, lids and folds more clearly than the lightness does, on every skin.
    """
    green = np.repeat(photo[..., 1:2], 3, axis=2)
    return 1 - flow_dog(flatten_lightness(green, pen), pen)
