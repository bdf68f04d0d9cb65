"""Landmarks as pictures: for looking at a sequence before it is drawn."""

import os
from fractions import Fraction

import cv2
import numpy as np

from ..media import VideoWriter
from .align import CROP_SIZE
from .geometry import DRAWING_LINES

#: Colours of DRAWING_LINES, RGB: jaw, brows, nose, eyes, lips.
COLOURS = (
    (25, 144, 255),
    (50, 205, 50),
    (50, 205, 50),
    (63, 208, 224),
    *[(255, 99, 71)] * 2,
    *[(238, 130, 238)] * 2,
)


def draw_landmarks(landmarks: np.ndarray) -> np.ndarray:
    """(68, 2) px of the 512² crop → (512, 512, 3) uint8 RGB: lines and points on white."""
    image = np.full((CROP_SIZE, CROP_SIZE, 3), 255, np.uint8)
    # Four binary places of a pixel, so that slow motion does not jump.
    points = np.round(np.asarray(landmarks)[:, :2] * 16).astype(np.int32)
    for (indices, closed), colour in zip(DRAWING_LINES, COLOURS, strict=True):
        cv2.polylines(image, [points[list(indices)]], closed, colour, 2, cv2.LINE_AA, 4)
    for x, y in points:
        cv2.circle(image, (int(x), int(y)), 2 * 16, (255, 0, 0), -1, cv2.LINE_AA, 4)
    return image


def write_landmark_video(
    path: str | os.PathLike[str],
    frames: np.ndarray,
    fps: Fraction | float,
    audio: str | os.PathLike[str] | None = None,
) -> None:
    """Write landmark frames (T, 68, 2) px of the 512² crop as a video, with the sound of `audio`."""
    with VideoWriter(path, (CROP_SIZE, CROP_SIZE), fps, audio) as writer:
        for landmarks in frames:
            writer.write(draw_landmarks(landmarks))
