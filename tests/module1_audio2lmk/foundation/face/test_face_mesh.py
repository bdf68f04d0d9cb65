"""Face networks against what MediaPipe 0.10.21 itself found in the same picture (mediapipe.npz)."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data

from module1_audio2lmk.foundation.face.blazeface import Region
from module1_audio2lmk.foundation.face.face_mesh import FaceMesh
from module1_audio2lmk.foundation.face.search import detectors
from module2_drawing.rendering.matte import Matte


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return skimage.data.astronaut()


@pytest.fixture(scope="module")
def expected() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parent / "mediapipe.npz") as stored:
        return dict(stored)


@pytest.mark.parametrize("name", ["mesh", "mesh_attention"])
def test_meshes_are_those_of_mediapipe(picture, expected, name):
    (mesh,) = FaceMesh(max_faces=1, attention=name == "mesh_attention")(picture)
    assert np.abs(mesh - expected[name]).max() < 0.05  # px of 512


def test_boxes_are_those_of_mediapipe(picture, expected):
    (face,) = detectors()[1](picture)
    assert np.abs(face.box - expected["box"]).max() < 0.05


def test_the_matte_is_that_of_mediapipe(picture, expected, tmp_path):
    matte = Matte(tmp_path, "cpu")(picture)
    assert np.abs(matte[::8, ::8] - expected["selfie"]).mean() < 0.01


def test_a_face_is_followed_and_found_anew(picture):
    """Where it moves its region moves along; once it is gone, the whole picture is searched."""
    follow = FaceMesh(max_faces=1, follows=True)
    before = follow(picture)[0]
    follow._detect = None  # type: ignore[assignment]  # not needed as long as the face is seen
    moved = follow(np.roll(picture, 12, axis=1))[0]
    assert np.abs(moved - before - [12, 0, 0]).mean() < 0.7
    follow._detect = detectors()[0]._detect
    assert follow(np.zeros_like(picture)) == []
    assert np.abs(follow(picture)[0] - before).max() < 0.5


def test_a_face_that_keeps_still_is_seen_alike_from_the_first_frame_on(picture):
    """MediaPipe 0.10.21's own FaceMesh shuts the mouth by a tenth in the first frame."""
    follow = FaceMesh(max_faces=1, follows=True)
    meshes = np.stack([follow(picture)[0][:, :2] for _ in range(8)])
    width = np.ptp(meshes[-1, :, 0])
    assert np.linalg.norm(meshes[0] - meshes[-1], axis=1).max() < 0.005 * width


def test_several_faces_and_none(picture):
    face = picture[20:260, 110:350]
    meshes = FaceMesh()(np.concatenate([face, face[:, ::-1]], axis=1))
    assert len(meshes) == 2 and abs(meshes[0][:, 0].mean() - meshes[1][:, 0].mean()) > 200
    assert FaceMesh(max_faces=1)(picture[:64, :64]) == []


def test_a_turned_region_is_cut_upright_and_its_points_lie_in_the_picture():
    image = np.zeros((80, 100, 3), np.uint8)
    image[30:50, 60:70] = 255  # right of the middle, and so above it after a quarter turn to the left
    region = Region(50, 40, 60, np.pi / 2)
    upright = region.cut(image, 60)
    row, column = np.argwhere(upright[..., 0] > 128).mean(axis=0)
    (place,) = region.place(np.array([[column, row]]) / 60)
    np.testing.assert_allclose(place, [64.5, 39.5], atol=0.1)
    assert region.overlap(region) == pytest.approx(1) and region.overlap(Region(200, 40, 60)) == 0
