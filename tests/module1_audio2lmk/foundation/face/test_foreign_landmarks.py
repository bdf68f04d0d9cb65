"""Landmark files of other programs: read as they write them, carried over to the photo's face."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.foundation.face.landmark_file import read_landmarks
from module1_audio2lmk.motion.given import carried_to, given_motion

FACE = load_standard_face() * 150 + [256, 240, 0]


def spoken() -> np.ndarray:
    """(20, 68, 2) px of another picture: the face at half the size, tilted; its lower lip goes down."""
    frames = np.repeat(FACE[None, :, :2], 20, axis=0)
    frames[:, [65, 66, 67, 55, 56, 57, 58, 59], 1] += 18 * np.linspace(0, 1, 20)[:, None]
    turn = np.array([[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]])
    return 0.5 * frames @ turn.T + [700, 300]


def write_pts(path: Path, points: np.ndarray) -> None:
    lines = [f"{x + 1:.6f} {y + 1:.6f}" for x, y in points]
    path.write_text("\n".join(["version: 1", "n_points:  68", "{", *lines, "}"]) + "\n")


def write_openface(path: Path, frames: np.ndarray, lost: int = 7) -> None:
    names = [f"{axis}_{k}" for axis in "xy" for k in range(68)]
    lines = [", ".join(["frame", "face_id", "timestamp", "confidence", "success", *names])]
    for number, points in enumerate(frames):
        values = points.T.ravel() if number != lost else np.zeros(136)
        row = [number + 1, 0, f"{number / 29.97:.3f}", 0.98, int(number != lost)]
        lines.append(", ".join(map(str, [*row, *(f"{value:.1f}" for value in values)])))
    path.write_text("\n".join(lines) + "\n")


def test_openface_tables_are_carried_to_the_photo(tmp_path: Path) -> None:
    write_openface(tmp_path / "a.csv", spoken())
    rate, motion_of = given_motion(tmp_path / "a.csv", None, None, fps=None, audio=None)
    assert float(rate) == pytest.approx(29.97, rel=0.01)
    motion = motion_of(AlignedFace(np.zeros((512, 512, 3), np.uint8), FACE.astype(np.float32), "none"))
    moved = motion.frames - FACE[:, :2]
    assert motion.frames.shape == (20, 68, 2) and not motion.foreign
    assert moved[:, 66, 1] == pytest.approx(18 * np.linspace(0, 1, 20), abs=0.5)
    assert np.abs(moved[:, :48]).max() < 0.7 and np.abs(moved[:, 66, 0]).max() < 0.7


def test_annotations_one_a_file(tmp_path: Path) -> None:
    for number, points in enumerate(spoken()[::5]):
        write_pts(tmp_path / f"{number:06}.pts", points)
    found = read_landmarks(tmp_path)
    assert found.fps == Fraction(25) and found.foreign
    assert np.allclose(found.frames, spoken()[::5], atol=1e-4)
    assert np.allclose(read_landmarks(tmp_path / "000001.pts").frames, spoken()[5], atol=1e-4)
    face = AlignedFace(np.zeros((512, 512, 3), np.uint8), FACE.astype(np.float32), "none")
    assert np.allclose(carried_to(face, found).frames[0], FACE[:, :2], atol=1e-3)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pts", "version: 1\nn_points: 5\n{\n1 2\n}\n"),
        ("a.pts", "{\n" + "nan 1\n" * 68 + "}\n"),
        ("a.csv", "frame, timestamp, success, AU01_r\n1, 0, 1, 0.5\n"),
        ("a.csv", "yaw,pitch,roll\n1,2,3\n"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=name):
        read_landmarks(tmp_path / name)


def test_a_folder_without_annotations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.pts files"):
        read_landmarks(tmp_path)
