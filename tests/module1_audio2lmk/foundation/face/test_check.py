"""Faces are where they are thought to be: turned photos and things that are no face are not taken for one."""

import cv2
import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face import align
from module1_audio2lmk.foundation.face.align import AlignedFace, align_face
from module1_audio2lmk.foundation.face.check import (
    LEAST,
    PLACES,
    UNSURE,
    eyes_covered,
    face_odds,
    lips_apart,
    mouth_covered,
    patch_of,
)
from module1_audio2lmk.foundation.face.geometry import MESH_TO_68
from module1_audio2lmk.foundation.face.search import find_faces, mesh_on_crop


def direction(landmarks: np.ndarray) -> np.ndarray:
    """From the mouth to the eyes, of length 1."""
    up = landmarks[36:48, :2].mean(0) - landmarks[48:68, :2].mean(0)
    return up / np.linalg.norm(up)


def test_the_patch_is_the_face_in_its_frame(photo: np.ndarray) -> None:
    """Whatever the size of the photo and the tilt of the face."""
    mesh = find_faces(photo)[0]
    patches = [patch_of(photo, mesh)]
    matrix = cv2.getRotationMatrix2D((256, 256), 25, 1.0)
    turned = cv2.warpAffine(photo, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    places = np.column_stack([mesh[:, :2], np.ones(468)]) @ matrix.T
    patches.append(patch_of(turned, np.column_stack([places, mesh[:, 2]])))
    large = cv2.resize(photo, (2048, 2048), interpolation=cv2.INTER_LINEAR)
    patches.append(patch_of(large, mesh * 4))
    for other in patches[1:]:
        assert np.corrcoef(patches[0].ravel(), other.ravel())[0, 1] > 0.97
    eyes = mesh[MESH_TO_68[36:42], :2].mean(0)
    marked = np.zeros_like(photo)
    cv2.circle(marked, tuple(int(v) for v in eyes), 6, (255, 255, 255), -1)
    y, x = np.unravel_index(patch_of(marked, mesh).argmax(), (64, 64))
    assert np.hypot(x - PLACES[0, 0], y - PLACES[0, 1]) < 8


def test_a_mesh_beside_the_face_is_none(photo: np.ndarray) -> None:
    mesh = find_faces(photo)[0]
    assert face_odds(photo, mesh) > 2
    upside_down = np.ascontiguousarray(photo[::-1, ::-1])
    across, down = 511 - 2 * mesh[:, :2].mean(0)
    assert face_odds(upside_down, mesh + np.array([across, down, 0])) < LEAST
    assert face_odds(photo, mesh + np.array([0, 200, 0])) < LEAST


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_photo(
    photo: np.ndarray, face: AlignedFace, turns: int, capsys: pytest.CaptureFixture[str]
) -> None:
    turned = np.ascontiguousarray(np.rot90(photo, turns))
    with pytest.raises(InputError, match=r"is turned by .*; turn the photo"):
        align_face(turned)
    found = align_face(turned, turn=True)
    assert np.abs(found.landmarks[:, :2] - face.landmarks[:, :2]).max() < 6
    assert "the photo is turned by" in capsys.readouterr().err


@pytest.mark.parametrize("angle", [-40, 30])
def test_a_tilted_head_is_not_turned(photo: np.ndarray, angle: int) -> None:
    matrix = cv2.getRotationMatrix2D((222, 130), angle, 1.0)
    tilted = cv2.warpAffine(photo, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    up = direction(align_face(tilted).landmarks)
    turned = np.radians(angle)
    assert up @ np.array([-np.sin(turned), -np.cos(turned)]) > np.cos(np.radians(15))


def test_clothes_are_no_face(photo: np.ndarray) -> None:
    for top in (76, 82, 230, 300):
        for mesh in find_faces(np.ascontiguousarray(photo[top:])):
            assert np.hypot(*(mesh[:, :2].mean(0) + (0, top) - (222, 130))) < 60


def test_a_doubtful_face_gives_way_to_a_clear_one(photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """A portrait turned by 135° had 1.8 as it was, 3.4 in its turns; the least of 18 upright ones 2.2."""
    mesh, marked = find_faces(photo)[0], np.zeros((8, 8, 3), np.uint8)
    marked[0, 0] = 1
    monkeypatch.setattr(align, "find_faces", lambda image, at_least: [mesh])
    for odds, stays in ((1.8, False), (2.2, True)):
        monkeypatch.setattr(
            align, "face_odds", lambda image, mesh, odds=odds: odds if image[0, 0, 0] else 3.4
        )
        assert (align._upright(marked, 1)[0] == 0) == stays


def test_dark_glasses_are_told_from_eyes(face: AlignedFace) -> None:
    """Bright glasses and shut eyes are none; neither is a photo in the dark."""
    assert not eyes_covered(face.image, face.landmarks)
    assert not eyes_covered((face.image * 0.05).astype(np.uint8), face.landmarks)
    for shade, covered in ((20, True), (45, True), (190, False)):
        image = face.image.copy()
        for eye in (slice(36, 42), slice(42, 48)):
            centre, width = face.landmarks[eye, :2].mean(0), np.ptp(face.landmarks[eye, 0])
            size = int(width * 0.95), int(width * 0.7)
            cv2.ellipse(image, centre.astype(int).tolist(), size, 0, 0, 360, [shade] * 3, -1, cv2.LINE_AA)
        assert eyes_covered(image, face.landmarks) == covered


def test_a_covered_mouth_is_told(photo: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    """A mask of cloth: plain, but shaded and with grain. A black one covers much of the cheeks, too."""
    mesh = find_faces(photo)[0][MESH_TO_68, :2]
    outline = mesh[[2, 28, 14, 11, 8, 5]].astype(np.int32)
    inside = cv2.fillPoly(np.zeros((512, 512), np.uint8), [outline], 1) > 0
    grain = np.random.default_rng(0).normal(np.linspace(1, 1.1, 512)[:, None], 0.04, (512, 512))
    light, black = (
        np.where(inside[..., None], (level * grain)[..., None], photo).astype(np.uint8) for level in (150, 18)
    )
    align_face(light)
    assert "no mouth shows" in capsys.readouterr().err
    assert mouth_covered(black, mesh) and not mouth_covered(photo, mesh)


def test_two_networks_guess_a_covered_mouth_differently(photo: np.ndarray, face: AlignedFace) -> None:
    """A mask with broad stripes, whose light is not even."""
    mesh = find_faces(photo)[0][MESH_TO_68, :2]
    outline = mesh[[2, 29, 14, 11, 8, 5]].astype(np.int32)
    inside = cv2.fillPoly(np.zeros((512, 512), np.uint8), [outline], 1) > 0
    stripes = np.where((np.arange(512) // 50 % 2 > 0)[:, None], (30, 60, 160), (230, 225, 210))
    covered = align_face(np.where(inside[..., None], stripes, photo).astype(np.uint8))
    for seen in (covered, face):
        mesh = mesh_on_crop(seen.image, find_faces(seen.image)[0])
        assert (lips_apart(seen.image, mesh) > UNSURE) == (seen is covered)
    assert face.mouth_shows and not covered.mouth_shows


def test_a_face_cut_off_by_the_edge(photo: np.ndarray) -> None:
    """Above its mouth it is refused; cut at a side it is neither turned nor misplaced."""
    points = find_faces(photo)[0][MESH_TO_68, :2]
    with pytest.raises(InputError, match="the mouth of the face lies outside"):
        align_face(np.ascontiguousarray(photo[: int(points[33, 1])]))
    right = int(points[45, 0]) + 20
    face = align_face(cv2.resize(np.ascontiguousarray(photo[:, :right]), None, fx=2, fy=2), turn=True)
    assert direction(face.landmarks)[1] < -0.9
