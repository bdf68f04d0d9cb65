"""A silhouette that the renderer missed is drawn where the photo shows it, and nowhere else."""

import cv2
import numpy as np
import pytest
from drawing_data import standard_face

from module2_drawing.rendering.silhouette import outlined

FACE, CHIN, ENDS = standard_face(), 8, (4, 12)
PEN = (1.0, 1.0)


def photo(contrast: int) -> np.ndarray:
    """A face, 180, before a wall that is so much lighter, a little blurred, with grain."""
    jaw = ((FACE[:17] + 0.5) * 2 - 0.5).round().astype(np.int32)
    image = np.full((512, 512, 3), 180 + contrast, np.uint8)
    cv2.fillConvexPoly(image, jaw, (180, 180, 180), cv2.LINE_AA)
    image = cv2.GaussianBlur(image, (0, 0), 2.0)
    return np.clip(image + np.random.default_rng(0).normal(0, 1.5, image.shape), 0, 255).astype(np.uint8)


def drawn(drawing: np.ndarray, contrast: int) -> np.ndarray:
    matte = np.zeros((256, 256), np.uint8)
    cv2.fillConvexPoly(matte, FACE[:17].round().astype(np.int32), 1)
    return outlined(drawing, photo(contrast), FACE, matte, PEN)


@pytest.mark.parametrize("size", [256, 512])
def test_a_weak_jaw_is_drawn_where_it_is(size: int) -> None:
    ink = drawn(np.full((size, size), 255, np.uint8), 14) < 128
    unit = size / 256
    x, y = ((FACE[CHIN] + 0.5) * unit - 0.5).round().astype(int)
    rows = np.nonzero(ink[2 * size // 3 :, x])[0] + 2 * size // 3
    assert len(rows) and np.abs(rows - y).max() < 4 * unit
    left, right = (int(FACE[end, 0] * unit) for end in ENDS)
    assert ink[2 * size // 3 :, left:right].any(0).mean() > 0.9
    assert ink.mean() < 0.02


def test_no_line_where_the_photo_has_none_or_the_drawing_has_one() -> None:
    blank = np.full((512, 512), 255, np.uint8)
    assert (drawn(blank, 0) == 255).all()
    once = drawn(blank, 14)
    assert (np.abs(drawn(once, 14).astype(int) - once) > 100).mean() < 1e-4


def test_a_jaw_whose_shadow_is_drawn_gets_no_second_line() -> None:
    person = np.ones((256, 256), np.uint8)
    shadow = np.full((512, 512), 255, np.uint8)
    assert (outlined(shadow, photo(14), FACE, person, PEN) < 128).any()
    line = ((FACE[1:16] + 0.5) * 2 + (0, 8)).round().astype(np.int32)
    cv2.polylines(shadow, [line], False, 0, 3)
    new = outlined(shadow, photo(14), FACE, person, PEN) < shadow
    assert not new[(FACE[6, 1] * 2).astype(int) :].any()
