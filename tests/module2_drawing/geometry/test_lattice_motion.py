"""The fast motion is that of the landmark spline, at every size."""

import cv2
import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation.face.geometry import LOWER_LIDS, UPPER_LIDS, load_standard_face
from module2_drawing.geometry.landmark_motion import landmark_flow
from module2_drawing.geometry.lattice_motion import PhotoMotion


@pytest.fixture(scope="module")
def face():
    points = load_standard_face()[:, :2]
    points = (points - points.mean(0)) / np.ptp(points[:, 0]) * 110
    return (points + (128, 140)).astype(np.float32)


def spoken(face: np.ndarray, opening: float, turn: float = 0.0) -> np.ndarray:
    moved = face.copy()
    moved[[55, 56, 57, 58, 59, 65, 66, 67], 1] += opening
    moved[4:13, 1] += opening / 2
    moved[:, 0] += turn * (moved[:, 1] - 200) / 60
    return moved


def shut_eyes(face: np.ndarray) -> np.ndarray:
    moved = face.copy()
    moved[list(UPPER_LIDS), 1] = moved[list(LOWER_LIDS), 1]
    return moved


def of_the_spline(face: np.ndarray, target: np.ndarray) -> np.ndarray:
    flow = landmark_flow(torch.from_numpy(face)[None], torch.from_numpy(target)[None], 256, 1)
    return flow[0].permute(1, 2, 0).numpy() + np.stack(np.mgrid[:256, :256][::-1], -1)


@pytest.mark.parametrize("target", [lambda f: spoken(f, 9), lambda f: spoken(f, 4, 8), shut_eyes])
def test_it_is_the_landmark_flow(face, target):
    moved = target(face)
    error = np.abs(PhotoMotion(face, brows=False).map(moved, 256) - of_the_spline(face, moved)).max(-1)
    assert error.mean() < 0.02
    assert np.quantile(error, 0.99) < 0.3


def test_nothing_moves_where_landmarks_stay(face):
    own = np.stack(np.mgrid[:512, :512][::-1], -1)
    assert np.abs(PhotoMotion(face).map(face, 512) - own).max() < 1e-3


@pytest.mark.parametrize("size", [288, 512, 1024])
def test_every_size_has_the_same_motion(face, size):
    motion, moved = PhotoMotion(face), spoken(face, 9, 5)
    small, large = motion.map(moved, 256), motion.map(moved, size)
    # Pixel centres of both, in shares of the frame.
    rows = np.clip(np.round((np.arange(256) + 0.5) * size / 256 - 0.5).astype(int), 0, size - 1)
    shift = (rows + 0.5) * 256 / size - 0.5 - np.arange(256)
    sampled = (large[np.ix_(rows, rows)] + 0.5) * 256 / size - 0.5
    sampled -= np.stack(np.meshgrid(shift, shift), -1)
    assert np.quantile(np.abs(sampled - small), 0.99) < 0.25


def test_landmarks_that_coincide_give_no_hole(face):
    moved = face.copy()
    moved[60:68] = moved[60]
    assert np.isfinite(PhotoMotion(face).map(moved, 256)).all()


def test_a_raised_brow_keeps_its_height(face):
    raised = face.copy()
    raised[17:27, 1] -= 8
    moved = PhotoMotion(face).map(raised, 256)
    column = round(float(face[19, 0]))
    edge = round(float(raised[19, 1]))
    assert moved[edge + 6, column, 1] - moved[edge, column, 1] == pytest.approx(6, abs=1)


def test_rims_of_glasses_move_as_one_piece(face):
    """Neither brows nor cheeks bend them; the head takes them along."""
    frown = spoken(face, 14)
    frown[17:27, 1] -= 7
    worn = PhotoMotion(face, glasses=True).flow(frown)
    places = [face[eye].mean(0).round().astype(int).tolist() for eye in (slice(36, 42), slice(42, 48))]
    x, y = np.concatenate([cv2.ellipse2Poly(place, (17, 13), 0, 0, 360, 10) for place in places]).T
    assert np.abs(worn[y, x]).max() < 0.5 < 1.5 < np.abs(PhotoMotion(face).flow(frown)[y, x]).max()
    turned = (face * (0.9, 1) + (10, 3)).astype(np.float32)
    turned[17:27, 1] -= 7
    found = np.stack((x, y), 1) + PhotoMotion(face, glasses=True).flow(turned)[y, x]
    assert np.abs(found - (np.stack((x, y), 1) - (10, 3)) / (0.9, 1)).max() < 0.5
