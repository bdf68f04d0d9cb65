"""A moustache is one dark shape; faces without one, however dark, stay as they are."""

import cv2
import numpy as np
import pytest
from drawing_data import standard_face

from module2_drawing.rendering.moustache import fill_moustache
from module2_drawing.styles import line_drawing

SKINS = (226, 182, 158), (90, 60, 46)


def bearded(skin: tuple[int, int, int], hair: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(512, 512, 3) uint8 RGB, skin with strands above the lips, `hair` of its lightness on average.

    With landmarks (68, 2) px, and where the moustache is, (512, 512) bool.
    """
    landmarks = standard_face(1.0, 512)[:, :2].astype(np.float32)
    landmarks[48:, 1] += 22
    outline = np.concatenate((landmarks[48:55] - (0, 3), landmarks[[35, 33, 31]] + (0, 15)))
    shape = cv2.fillPoly(np.zeros((512, 512), np.uint8), [np.rint(outline).astype(np.int32)], 1)
    strands = np.random.default_rng(2).normal(0, 1, (512, 512)).astype(np.float32)
    strands = cv2.GaussianBlur(strands, (0, 0), 3)
    shade = np.where(shape > 0, hair * (1 + 0.35 * strands / strands.std()), 1).clip(0.05, 1)
    return cv2.GaussianBlur((shade[..., None] * skin).astype(np.uint8), (0, 0), 0.8), landmarks, shape > 0


@pytest.mark.parametrize("skin", SKINS)
def test_strands_become_one_shape(skin: tuple[int, int, int]) -> None:
    photo, landmarks, shape = bearded(skin, 0.45)
    inside = cv2.erode(shape.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    before, after = (line_drawing.render(one)[inside] for one in (photo, fill_moustache(photo, landmarks)))
    assert (before < 128).mean() < 0.97 < (after < 128).mean()


@pytest.mark.parametrize("skin", SKINS)
def test_shadow_and_bare_lips_are_none(skin: tuple[int, int, int]) -> None:
    photo, landmarks, _ = bearded(skin, 0.62)
    assert fill_moustache(photo, landmarks) is photo


def test_the_dark_side_of_a_face_is_none() -> None:
    photo, landmarks, _ = bearded(SKINS[0], 1.0)
    photo[:, 256:] //= 2
    assert fill_moustache(photo, landmarks) is photo


def test_lips_nose_and_all_around_stay() -> None:
    photo, landmarks, shape = bearded(SKINS[0], 0.45)
    changed = (fill_moustache(photo, landmarks) != photo).any(2)
    assert changed.any() and not changed[cv2.dilate(shape.astype(np.uint8), np.ones((61, 61))) == 0].any()
    for x, y in np.rint([landmarks[57], landmarks[66], landmarks[30]]).astype(int):
        assert not changed[y - 1 : y + 2, x - 1 : x + 2].any()


def test_a_mouth_at_the_edge_of_the_photo() -> None:
    photo, landmarks, _ = bearded(SKINS[0], 0.45)
    row = round(float(landmarks[51, 1]))
    assert fill_moustache(photo[:row], landmarks).shape == (row, 512, 3)
    assert fill_moustache(photo, landmarks + 600).shape == photo.shape
