from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.foundation.face.landmark_detector import LandmarkDetector
from scripts.evaluation.clips import Clip, Portrait
from scripts.evaluation.sample import Sample, Scene


def scene(clip: Clip, asked: np.ndarray) -> Scene:
    matte = np.zeros((256, 256), np.float32)
    matte[60:, 60:200] = 1
    return Scene(clip, asked.astype(np.float32), clip.frames[0], matte)


def test_nothing_moves_everything_is_still_but_the_rim_of_the_person(clip: Clip) -> None:
    masks = scene(clip, np.stack([clip.photo_landmarks] * 3)).masks
    assert masks.still.all() and masks.still.shape == (2, 256, 256)
    # The person is wider by a margin of 8 px.
    assert masks.background[:, :50].all() and not masks.background[:, 60:, 55:205].any()
    assert not masks.background[0, 100, 53] and masks.background[0, 100, 50]


def test_a_mouth_that_opens_is_not_still_but_the_background_is(clip: Clip) -> None:
    asked = np.stack([clip.photo_landmarks] * 3)
    asked[2, 48:68, 1] += 4
    masks = scene(clip, asked).masks
    x, y = clip.photo_landmarks[48:68].mean(0).astype(int)
    assert masks.still[0].all()
    assert not masks.still[1, y - 5 : y + 5, x - 5 : x + 5].any()
    assert masks.still[1][masks.background[1] & masks.background[2]].all()


def test_hair_that_goes_with_the_skull_of_a_turning_head_is_no_background() -> None:
    """The nose goes to the right, and the back of the head, which is behind it, to the left."""
    face, angle = load_standard_face() * 50, np.radians(25)
    rotation = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    still, turned = (np.float32(points[:, :2] + (128, 130)) for points in (face, face @ rotation.T))
    asked, matte = np.stack((still, turned)), np.zeros((256, 256), np.float32)
    matte[40:230, 60:196] = 1
    portrait = cast(Portrait, SimpleNamespace(photo_landmarks=still))
    first, second = Scene(portrait, asked, np.zeros((256, 256, 3), np.uint8), matte).masks.background[:, 60]
    columns = np.flatnonzero(~second)
    assert turned[30, 0] > still[30, 0] + 5
    assert columns[0] < np.flatnonzero(~first)[0] - 5 and columns[-1] >= np.flatnonzero(~first)[-1]


def test_neighbouring_frames_have_similarity_and_step(clip: Clip) -> None:
    asked = np.stack([clip.photo_landmarks] * 3)
    asked[2] += [3, 4]
    frames = np.stack([clip.frames[0], clip.frames[0], clip.frames[-1]])
    sample = Sample(frames, scene(clip, asked), LandmarkDetector())
    np.testing.assert_allclose(sample.steps, [0, 5], atol=1e-4)
    assert sample.ssim[0] == pytest.approx(1) and sample.ssim[1] < 0.95
