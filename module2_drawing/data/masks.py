"""Masks of parts of a face, drawn from landmarks: those with a discriminator each, and those that move."""

from collections.abc import Sequence

import cv2
import numpy as np

from module1_audio2lmk.foundation.face.geometry import LEFT_EYE, NOSE, OUTER_LIP, RIGHT_EYE

#: Landmarks of each part, iBUG order; the eyes are two outlines.
OUTLINES = {"nose": (NOSE,), "eyes": (RIGHT_EYE, LEFT_EYE), "lips": (OUTER_LIP,)}
MARGIN = 0.06  # of the face's width, around an outline


def part_mask(landmarks: np.ndarray, part: str, size: tuple[int, int]) -> np.ndarray:
    """(68, 2) px → (height, width) uint8, 255 within a margin of the part's convex outline, else 0.

    size: (width, height) px. Landmarks may lie outside.
    """
    width = float(np.ptp(landmarks[:17, 0]))
    margin = max(1, round(MARGIN * width))
    mask = np.zeros(size[::-1], np.uint8)
    for outline in OUTLINES[part]:
        hull = cv2.convexHull(np.round(landmarks[list(outline)]).astype(np.int32))
        cv2.fillConvexPoly(mask, hull, 255)
        # A thick border is a dilation by a disc, much cheaper.
        cv2.polylines(mask, [hull], isClosed=True, color=255, thickness=2 * margin)
    return mask


def moving_region(
    landmarks: np.ndarray, size: int, parts: Sequence[Sequence[int]] = (OUTER_LIP, RIGHT_EYE, LEFT_EYE)
) -> np.ndarray:
    """(68, 2) px → (size, size) float32, 1 within about 5 px (of 256) of the lips and the eyes, else 0."""
    region = np.zeros((size, size), np.uint8)
    for part in parts:
        cv2.fillPoly(region, [cv2.convexHull(np.round(landmarks[list(part)]).astype(np.int32))], 1)
    reach = 2 * (5 * size // 256) + 1
    return cv2.dilate(region, np.ones((reach, reach), np.uint8)).astype(np.float32)
