import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.foundation.face.landmark_detector import LandmarkDetector
from module2_drawing.geometry.warping import sparse_motion_grid
from scripts.evaluation.clips import Clip
from scripts.evaluation.sample import Sample, Scene, _with_skull


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


def test_hair_goes_with_the_skull_of_a_turning_head(clip: Clip) -> None:
    """The nose goes right, and the crown, which lies behind, to the left."""
    face = load_standard_face() * 60 + (128, 150, 0)
    angle = np.radians(25)
    rotation = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    turned = (face - (128, 150, 0)) @ rotation.T + (128, 150, 0)
    still = np.float32(face[None, :, :2])
    source, target = torch.from_numpy(still), torch.from_numpy(np.float32(turned[None, :, :2]))
    grid = sparse_motion_grid(source, target, 256)
    moved = _with_skull(grid, source, target)
    away = (moved - grid)[0, :, :, 0].numpy() * 127.5
    x, y = turned[30, :2].astype(int)
    assert np.abs(away[60:70, 100:156]).max() > 3 and abs(away[y, x]) < 0.5


def test_neighbouring_frames_have_similarity_and_step(clip: Clip) -> None:
    asked = np.stack([clip.photo_landmarks] * 3)
    asked[2] += [3, 4]
    frames = np.stack([clip.frames[0], clip.frames[0], clip.frames[-1]])
    sample = Sample(frames, scene(clip, asked), LandmarkDetector())
    np.testing.assert_allclose(sample.steps, [0, 5], atol=1e-4)
    assert sample.ssim[0] == pytest.approx(1) and sample.ssim[1] < 0.95
