"""Curves: what is said by blend shapes and mouth cues moves a face as it was, in every format."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import LIPS, load_standard_face
from module1_audio2lmk.motion.blend_shapes import NAMES, Curves, column, to_curves, to_landmarks
from module1_audio2lmk.motion.curve_files import from_cues, packed, read_curves, to_cues

FACE = load_standard_face() * 150 + [256, 240, 0]
SPOKEN = [(0.0, 0.3, "X"), (0.3, 0.5, "B"), (0.5, 0.8, "D"), (0.8, 1.0, "F"), (1.0, 1.12, "A")]
SPOKEN += [(1.12, 1.4, "C"), (1.4, 1.6, "E"), (1.6, 2.0, "X")]
SHOWN = ("JawOpen", "MouthPucker", "MouthSmileLeft", "MouthUpperUpRight", "EyeBlinkLeft", "EyeWideRight")


def shown(head: tuple[float, float, float] = (0, 0, 0)) -> Curves:
    """One shape after the other at 0.6, and three at once."""
    weights = np.zeros((len(SHOWN) + 1, len(NAMES)))
    for number, name in enumerate(SHOWN):
        weights[[number, -1], column(name)] = 0.6, 0.6 * (number % 2 == 0)
    return Curves(weights, np.tile(head, (len(weights), 1)).astype(float), 25.0)


@pytest.mark.parametrize("head", [(0, 0, 0), (8, -5, 4)])
def test_shapes_are_found_again_in_landmarks(head: tuple[float, float, float]) -> None:
    found = to_curves(to_landmarks(shown(head), FACE), FACE, 25)
    assert np.abs(found.weights - shown().weights).max() < 0.03
    assert np.allclose(found.head, head, atol=0.01)


def test_shapes_are_where_their_names_say() -> None:
    """Left is the subject's, on image right; what is shut is shut."""
    frames = dict(zip(SHOWN, to_landmarks(shown(), FACE) - FACE[:, :2], strict=False))
    assert frames["JawOpen"][66, 1] > 25 and np.allclose(frames["JawOpen"][62], 0, atol=1e-4)
    assert frames["MouthSmileLeft"][54, 1] < -5 and np.allclose(frames["MouthSmileLeft"][48], 0, atol=1e-4)
    assert frames["EyeBlinkLeft"][43, 1] > 2 and np.allclose(frames["EyeBlinkLeft"][37], 0, atol=1e-4)
    assert frames["MouthPucker"][48, 0] > 10 > -10 > frames["MouthPucker"][54, 0]
    assert len(NAMES) == len(set(NAMES)) == 52


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".json", ".xml"])
def test_files_come_back(tmp_path: Path, suffix: str) -> None:
    frames = to_landmarks(from_cues(SPOKEN), FACE)[::4]  # at 25 a second
    curves = to_curves(frames, FACE, 25.0)
    written = packed(tmp_path / f"a{suffix}", curves, "voice & <name>.wav")
    (tmp_path / f"a{suffix}").write_text(written, encoding="utf-8", newline="")
    found = read_curves(tmp_path / f"a{suffix}")
    back = to_landmarks(found, FACE)[:: round(found.fps / 25)]
    assert back.shape == frames.shape
    limit = 0.05 if suffix == ".csv" else 3.0  # cues are a few shapes, at hundredths
    assert np.abs(back[:, LIPS] - frames[:, LIPS]).mean() < limit


def test_cues_are_those_that_were_spoken() -> None:
    found = to_cues(to_curves(to_landmarks(from_cues(SPOKEN), FACE), FACE, 100.0))
    long = [shape for start, end, shape in found if end - start > 0.08]
    assert long == [shape for _, _, shape in SPOKEN]
    assert all(former[1] == later[0] and former[2] != later[2] for former, later in pairwise(found))
    assert found[-1][1] == pytest.approx(2.0)


def test_a_mouth_that_is_open_in_the_photo_is_shut_at_rest() -> None:
    smiling = FACE.copy()
    smiling[[55, 56, 57, 58, 59, 65, 66, 67], 1] += 15
    frames = to_landmarks(from_cues(SPOKEN), smiling)
    assert np.linalg.norm(frames[0, 62] - frames[0, 66]) < 3 < np.linalg.norm(frames[65, 62] - frames[65, 66])
    found = to_cues(to_curves(frames, smiling, 100.0))
    assert "D" in [shape for _, _, shape in found] and found[0][2] == found[-1][2] == "X"


def test_recordings_as_the_programs_write_them(tmp_path: Path) -> None:
    """Live Link Face: count with a small s, 59.94 frames, past midnight, cut in its last row."""
    header = "Timecode,BlendshapeCount,EyeBlinkLeft,JawOpen,TongueOut,HeadYaw"
    times = ["23:59:59:58.118", "23:59:59:59.117", "00:00:00:00.117", "00:00:00:01.116"]
    rows = [f"{time},61,0.1,0.{number},0,0.1" for number, time in enumerate(times)]
    (tmp_path / "a.csv").write_text("\n".join([header, *rows, "00:00:00:02.115,61,0.1"]), newline="\r\n")
    found = read_curves(tmp_path / "a.csv")
    assert found.fps == pytest.approx(60, rel=0.01) and len(found.weights) == 4
    assert found.weights[:, column("JawOpen")] == pytest.approx([0, 0.1, 0.2, 0.3], abs=0.01)
    assert found.head[:, 0] == pytest.approx(np.degrees(0.1))
    (tmp_path / "a.tsv").write_text("0.00\tX\r\n0.05\tD\r\n0.27\tC\r\n0.31\tB\r\n0.43\tX\r\n0.47\tX\r\n")
    assert len(read_curves(tmp_path / "a.tsv").weights) == 47


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "Timecode,JawOpen\n00:00:00:00,nan\n"),
        ("a.csv", "yaw,pitch\n1,2\n"),
        ("a.csv", "Timecode,JawOpen\n00:00:00:00,1\n00:00:00:00,1\n"),
        ("a.tsv", "0.5 X\n"),
        ("a.tsv", "0\n1\tX\n"),
        ("a.xml", "<?xml version='1.0' encoding='utf-null'?><rhubarbResult/>"),
        ("a.tsv", "1\tX\n0\tX\n"),
        ("a.json", '{"mouthCues": [{"start": 0, "end": 1e9, "value": "X"}]}'),
        ("a.json", '{"mouthCues": [{"start": 0, "end": 1, "value": "Q"}]}'),
        ("a.xml", "<!DOCTYPE a [<!ENTITY b 'b'>]><rhubarbResult/>"),
        ("a.xml", "<rhubarbResult/>"),
        ("a.txt", "0 X"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=name):
        read_curves(tmp_path / name)
    with pytest.raises(InputError, match=r"a\.txt"):
        packed("a.txt", shown())
