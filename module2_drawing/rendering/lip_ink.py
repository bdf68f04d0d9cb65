"""Lip ink: how far the lines of the inner lips reach in a line drawing, that none is stretched as they part.

The line between shut lips lies half on each. As they part its lower half would go with the lower lip, drawn
thin by the spline; it stays with the upper one in its place.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.corner_frame import CornerFrame

from ..geometry.lattice_motion import UNIT
from .lip_shapes import CURVE_POINTS, PLACES, heights

FAINT = 200  # grey below which something is ink
NEAR = 2.0  # px of 256 from a lip's edge within which its line begins
SOFT = 1.0  # px of 256: ink ends softly
STEP = 0.25  # px of 256


@dataclass(frozen=True)
class LipInk:
    """upper, lower: half-widths of the inner lips by which ink reaches down from their upper and lower edge,
    (CURVE_POINTS,) at PLACES. teeth: whether the drawing leaves those that the photo shows as paper, between
    two strokes, see `lip_lines`."""

    upper: np.ndarray
    lower: np.ndarray
    teeth: bool = False


NO_INK = LipInk(np.zeros(CURVE_POINTS), np.zeros(CURVE_POINTS))


def lip_ink(drawing: np.ndarray, landmarks: np.ndarray, teeth: bool) -> LipInk:
    """Of a line drawing (D, D) uint8; landmarks: (68, 2) px of 256.

    What begins below the middle of the gap is not of the upper lip, and what reaches half of the lower lip's
    height is no line.
    """
    unit = len(drawing) / UNIT
    marks = (landmarks + 0.5) * unit - 0.5
    lips = CornerFrame.between(marks[60], marks[64])
    top, low = heights(lips, marks)
    most = float(np.linalg.norm(marks[57] - marks[66])) / 2
    upper = _reached(drawing, lips, top, np.maximum((low - top) / 2, NEAR * unit), low - top + most, unit)
    lower = _reached(drawing, lips, low, np.full_like(low, NEAR * unit), np.full_like(low, most), unit)
    return LipInk(upper, lower, teeth)


def _reached(
    drawing: np.ndarray, lips: CornerFrame, edge: np.ndarray, near: np.ndarray, most: np.ndarray, unit: float
) -> np.ndarray:
    """How far ink reaches below an edge, px at PLACES, that begins within `near` and ends within `most` px of
    it: half-widths, (CURVE_POINTS,)."""
    below = unit * np.arange(-NEAR, max(most.max() / unit, NEAR) + STEP, STEP)[:, None]
    places = lips.points(np.broadcast_to(PLACES, (len(below), CURVE_POINTS)), edge + below)
    seen = cv2.remap(
        drawing, places.astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    ink = seen < FAINT
    begun = np.maximum.accumulate(ink & (below <= near), 0)
    ended = begun & ~ink & (below > 0)
    end = np.where(ended.any(0), below[ended.argmax(0), 0] + SOFT * unit, 0)
    found = np.where(end <= most, end, 0) / lips.half
    return cv2.medianBlur(found.astype(np.float32)[:, None], 5)[:, 0]
