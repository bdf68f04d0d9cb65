"""Photo → crop and landmarks: one face, several, small ones, none."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face import fan
from module1_audio2lmk.foundation.face.align import (
    AlignedFace,
    align_face,
    choose_backend,
    crop_square,
    square_of,
    to_crop,
    visible_part,
)
from module1_audio2lmk.foundation.face.search import face_size, find_faces, mesh_box


@pytest.fixture(autouse=True)
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of torch.hub: the outcome does not depend on the machine."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    return tmp_path / "hub" / "checkpoints"


def paste(canvas: np.ndarray, photo: np.ndarray, left: int, top: int, side: int) -> None:
    canvas[top : top + side, left : left + side] = cv2.resize(
        photo, (side, side), interpolation=cv2.INTER_AREA
    )


def grey(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 180, np.uint8)


def test_the_published_square() -> None:
    """Box 101×121: 1.2·101 = 121, /0.7 → 173; the centre is at (10 + 50, 20 + 60)."""
    left, top, side = square_of((10, 20, 110, 140))
    assert side == 173
    assert left == 60 - 86
    assert top == 80 - 173 * 11 // 20


def test_crop_is_white_outside_of_the_photo() -> None:
    crop = crop_square(np.zeros((150, 150, 3), np.uint8), (10, 20, 110, 140))
    assert crop.shape == (512, 512, 3)
    left, top, side = square_of((10, 20, 110, 140))
    inside = np.ones((512, 512), bool)
    edge_x, edge_y = round(-left * 512 / side), round(-top * 512 / side)
    inside[:, :edge_x] = inside[:edge_y] = False
    assert (crop[: edge_y - 4] == 255).all()
    assert (crop[:, : edge_x - 4] == 255).all()
    assert (crop[edge_y + 4 : 400, edge_x + 4 : 400] == 0).all()


def test_crop_and_points_move_together() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    image[215:218, 185:188] = 255
    box = (120.0, 130.0, 260.0, 300.0)
    spot = crop_square(image, box)[..., 0].astype(float)
    spot[spot < 128] = 0
    rows, columns = np.mgrid[0:512, 0:512]
    centre = np.array([(columns * spot).sum(), (rows * spot).sum()]) / spot.sum()
    assert np.allclose(to_crop(np.array([[186.5, 216.5, 0]]), box)[0, :2], centre + 0.5, atol=0.6)


def test_large_crops_do_not_alias() -> None:
    """A fine chequerboard becomes an even grey."""
    board = np.tile(np.array([[0, 255], [255, 0]], np.uint8), (2000, 2000))
    crop = crop_square(cv2.cvtColor(board, cv2.COLOR_GRAY2RGB), (1000, 1000, 2800, 2800))
    assert crop[200:400, 200:400].std() < 3


def test_landmarks_lie_on_the_face(face: AlignedFace) -> None:
    points = face.landmarks
    assert face.image.shape == (512, 512, 3)
    assert face.image.dtype == np.uint8
    assert points.shape == (68, 3)
    assert points.dtype == np.float32
    assert face.backend == "mediapipe"
    assert (points[:, :2] > 0).all()
    assert (points[:, :2] < 512).all()
    assert points[0, 0] < points[8, 0] < points[16, 0]  # jaw from left to right, chin between
    assert points[8, 1] == points[:, 1].max()
    assert points[36:42, 1].mean() < points[30, 1] < points[48:, 1].mean()  # eyes, nose, mouth
    assert points[30, 2] < points[0, 2]  # the nose is nearer than the ears


def test_landmarks_hit_the_pupils_and_lips(face: AlignedFace) -> None:
    """The eyes' middles are darker, the lips redder than the cheek."""
    image = face.image.astype(float)
    cheek = image[300:320, 150:170].mean((0, 1))
    for eye in (slice(36, 42), slice(42, 48)):
        x, y = face.landmarks[eye, :2].mean(0).round().astype(int)
        assert image[y - 3 : y + 4, x - 3 : x + 4].mean() < cheek.mean() - 60
    x, y = ((face.landmarks[57, :2] + face.landmarks[66, :2]) / 2).round().astype(int)
    lip = image[y - 2 : y + 3, x - 2 : x + 3].mean((0, 1))
    assert lip[0] - lip[1] > cheek[0] - cheek[1] + 5


def test_the_same_photo_gives_the_same_face(photo: np.ndarray, face: AlignedFace) -> None:
    again = align_face(photo, "mediapipe")
    assert np.array_equal(again.image, face.image)
    assert np.array_equal(again.landmarks, face.landmarks)


@pytest.mark.parametrize(("width", "height", "side"), [(512, 512, 512), (1600, 1200, 400), (4000, 3000, 500)])
def test_faces_of_any_size_in_the_photo(
    photo: np.ndarray, face: AlignedFace, width: int, height: int, side: int
) -> None:
    canvas = grey(width, height)
    paste(canvas, photo, (width - side) // 3, (height - side) // 2, side)
    found = align_face(canvas, "mediapipe")
    assert np.abs(found.landmarks[:, :2] - face.landmarks[:, :2]).mean() < 10


def test_a_face_that_fills_the_photo(photo: np.ndarray) -> None:
    mesh = find_faces(photo)[0]
    x1, y1, x2, y2 = (round(value) for value in mesh_box(mesh))
    found = align_face(photo[y1 - 2 : y2 + 2, x1 - 2 : x2 + 2], "mediapipe")
    assert np.abs(found.landmarks[:, :2] - to_crop(mesh, mesh_box(mesh))[0:1, :2].mean()).max() < 512
    assert np.abs(found.landmarks[30, :2] - 256).max() < 60


def test_of_several_the_largest_is_taken_and_told(
    photo: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    canvas = grey(1400, 700)
    paste(canvas, photo, 0, 100, 400)
    paste(canvas, np.ascontiguousarray(photo[:, ::-1]), 700, 0, 700)
    found = find_faces(canvas)
    assert len(found) == 2
    assert face_size(found[0]) / face_size(found[1]) == pytest.approx(7 / 4, rel=0.1)
    default = align_face(canvas, "mediapipe")
    told = capsys.readouterr().err
    assert told.startswith("warning: 2 faces found")
    assert "--face" in told
    largest, other = align_face(canvas, "mediapipe", 1), align_face(canvas, "mediapipe", 2)
    assert capsys.readouterr().err == ""
    assert np.array_equal(default.image, largest.image)
    assert np.abs(largest.image[:, ::-1].astype(int) - other.image).mean() < 40
    assert np.abs(largest.image.astype(int) - other.image).mean() > 40
    for number in (0, 3):
        with pytest.raises(InputError, match=f"no face {number}; the photo shows 2"):
            align_face(canvas, "mediapipe", number)


def test_a_face_that_is_too_small(photo: np.ndarray) -> None:
    canvas = grey(1000, 800)
    paste(canvas, photo, 300, 300, 200)
    with pytest.raises(InputError, match=r"the face in the photo is \d\d px; at least 64 px"):
        align_face(canvas, "mediapipe")


@pytest.mark.parametrize(
    "image", [grey(600, 400), np.random.default_rng(0).integers(0, 255, (500, 500, 3), dtype=np.uint8)]
)
def test_no_face(image: np.ndarray) -> None:
    with pytest.raises(InputError, match="no face found"):
        align_face(image, "mediapipe")


@pytest.mark.parametrize("shape", [(1, 1), (2, 3000), (63, 800)])
def test_photos_too_small_for_a_face(shape: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="at least 64 px"):
        align_face(np.zeros((*shape, 3), np.uint8))


def test_native_logs_are_silent(photo: np.ndarray, capfd: pytest.CaptureFixture[str]) -> None:
    align_face(photo, "mediapipe")
    assert capfd.readouterr() == ("", "")


def test_backends_follow_the_weights_on_the_machine(
    no_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose_backend("auto") == "mediapipe"
    with pytest.raises(InputError, match=r"face_alignment lacks its weights .*s3fd.*--landmarks mediapipe"):
        choose_backend("face_alignment")
    with pytest.raises(InputError, match="unknown landmark backend"):
        choose_backend("dlib")
    no_weights.mkdir(parents=True)
    for name in fan.FILES:
        assert choose_backend("auto") == "mediapipe"
        (no_weights / name).write_bytes(b"x")
    assert choose_backend("auto") == "face_alignment"
    assert choose_backend("mediapipe") == "mediapipe"


def test_damaged_face_alignment_weights(no_weights: Path, photo: np.ndarray) -> None:
    no_weights.mkdir(parents=True)
    for name in fan.FILES:
        (no_weights / name).write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match="depth-2a464da4ea"):
        align_face(photo, "face_alignment")


def test_the_visible_part_holds_no_white_from_outside() -> None:
    image = np.zeros((200, 160, 3), np.uint8)
    box = (20.0, 30.0, 140.0, 170.0)
    left, top, right, bottom = visible_part(image, box)
    crop = crop_square(image, box)
    assert crop[top:bottom, left:right].max() == 0
    outside = crop.astype(int).copy()
    outside[max(0, top - 12) : bottom + 12, max(0, left - 12) : right + 12] = 255
    assert outside.min() == 255
    assert (left, top, right, bottom) != (0, 0, 512, 512)
    assert visible_part(np.zeros((900, 900, 3), np.uint8), (400, 400, 500, 520)) == (0, 0, 512, 512)


def test_a_larger_crop_has_the_photos_own_detail():
    random = np.random.default_rng(0)
    photo = random.integers(0, 256, (1200, 1200, 3), dtype=np.uint8)
    box = (400, 400, 800, 800)
    small, visible = crop_square(photo, box), visible_part(photo, box)
    face = AlignedFace(small, np.zeros((68, 3), np.float32), "x", visible, photo, box)
    image, shown = face.crop(1024)
    assert image.shape == (1024, 1024, 3)
    assert image.std() > 1.2 * cv2.resize(small, (1024, 1024), interpolation=cv2.INTER_CUBIC).std()
    assert np.allclose(np.array(shown) / 1024, np.array(visible) / 512, atol=0.01)


def test_a_face_without_its_photo_is_enlarged():
    face = AlignedFace(
        np.full((512, 512, 3), 7, np.uint8), np.zeros((68, 3), np.float32), "x", (0, 10, 512, 500)
    )
    image, visible = face.crop(256)
    assert image.shape == (256, 256, 3)
    assert visible == (0, 5, 256, 250)
