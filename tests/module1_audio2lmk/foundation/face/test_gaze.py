"""Gaze: irises move within their lids; nothing else of the photo does."""

import cv2
import numpy as np
import pytest

from module1_audio2lmk import SpeechToLandmarks
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.gaze import lids_of, turn_gaze
from module1_audio2lmk.foundation.face.geometry import (
    EYES,
    LEFT_EYE,
    RIGHT_EYE,
    UPPER_LIDS,
    load_standard_face,
)


def drawn_face() -> AlignedFace:
    """Wide, white eyes with black irises in skin."""
    points = load_standard_face() * 230 + [256, 200, 0]
    image = np.full((512, 512, 3), (220, 180, 150), np.uint8)
    for eye in (RIGHT_EYE, LEFT_EYE):
        height = points[list(eye), 1]
        points[list(eye), 1] = height.mean() + (height - height.mean()) * 0.4 * 46 / np.ptp(height)
        outline = points[list(eye), :2]
        white = np.zeros((512, 512), np.uint8)
        cv2.fillPoly(white, [outline.round().astype(np.int32)], 255)
        image[white > 0] = 250
        middle, width = outline.mean(axis=0), np.ptp(outline[:, 0])
        iris = cv2.circle(
            np.zeros_like(white), middle.round().astype(int).tolist(), round(0.2 * width), 255, -1
        )
        image[(iris > 0) & (white > 0)] = 20
    return AlignedFace(image, points.astype(np.float32), "standard")


def iris(face: AlignedFace, eye: tuple[int, ...]) -> np.ndarray:
    """Middle (2,) px of what is black about an eye."""
    outline = face.landmarks[list(eye), :2]
    left, top, right, bottom = *outline.min(axis=0).astype(int) - 4, *outline.max(axis=0).astype(int) + 5
    dark = face.image[top:bottom, left:right].max(axis=2) < 100
    return np.argwhere(dark).mean(axis=0)[::-1] + [left, top]


@pytest.mark.parametrize("x, y", [(1.0, 0.0), (-0.5, 0.0), (0.0, 1.0)])
def test_irises_go_where_they_are_told_and_nothing_else_moves(x: float, y: float) -> None:
    face = drawn_face()
    turned = turn_gaze(face, (x, y))
    for eye in (RIGHT_EYE, LEFT_EYE):
        moved = (iris(turned, eye) - iris(face, eye)) / np.ptp(face.landmarks[list(eye), 0])
        assert abs(moved[0] - 0.17 * x) < 0.05
        assert (moved[1] < -0.02) if y > 0 else abs(moved[1]) < 0.02
    changed = np.abs(turned.image.astype(int) - face.image).max(axis=2) > 0
    outlines = np.zeros((512, 512), np.uint8)
    for eye in (RIGHT_EYE, LEFT_EYE):
        cv2.fillPoly(outlines, [face.landmarks[list(eye), :2].round().astype(np.int32)], 1)
    near = cv2.dilate(outlines, np.ones((9, 9)))
    assert changed.any() and not (changed & (near == 0)).any()
    assert turn_gaze(face, (0.0, 0.0)) is face


def test_lids_go_with_a_gaze_up_and_down() -> None:
    assert set(np.flatnonzero(lids_of((0.3, -1.0)).any(axis=1))) == set(UPPER_LIDS) < set(EYES)
    assert lids_of((0.0, -1.0))[37, 1] > 0 > lids_of((0.0, 1.0))[37, 1]
    with pytest.raises(InputError, match="out of range"):
        SpeechToLandmarks(gaze=(0.0, 1.5))
