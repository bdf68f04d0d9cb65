"""A few mutations for every reader; `run.py` tries thousands."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from robustness.readers import READERS, Reader
from robustness.trial import Tally, mutate_all, try_input
from speech_data import talking_clip

from module1_audio2lmk.foundation.data_files import parse_json, read_numbers
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.landmark_file import read_landmarks
from module1_audio2lmk.training.clips import read_clip, write_clip
from module2_drawing.data import layout
from module2_drawing.data.mesh_flow_dataset import read_mesh
from module2_drawing.rendering.settings import InferenceSettings

_FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: f"{reader.name} {reader.file}")
def test_mutated_files_are_taken_or_refused(reader: Reader, tmp_path: Path) -> None:
    tally = Tally()
    mutate_all(reader, tmp_path, 20, seed=1, tally=tally)
    assert tally.faults == []
    assert tally.inputs == 20


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: f"{reader.name} {reader.file}")
@_FEW
@given(content=st.binary(min_size=0, max_size=300))
def test_any_bytes_are_taken_or_refused(reader: Reader, tmp_path: Path, content: bytes) -> None:
    tally = Tally()
    try_input(reader, tmp_path / reader.file, content, tally)
    assert tally.faults == []


@pytest.mark.parametrize("name", ["a.npz", "start.npz", "a.pts", "a.csv", "a.txt", "a.npy", "clip.npz"])
def test_points_in_one_place_are_no_face(name: str, tmp_path: Path) -> None:
    """Trackers write them where they lost it; carried to the photo they would tear its face apart."""
    spot, path = np.full((5, 68, 2), 3.0), tmp_path / name
    face = np.random.default_rng(0).uniform(0, 90, (5, 68, 3))
    names = ["timestamp", *(f"{axis}_{point}" for point in range(68) for axis in "xy")]
    read = {".txt": layout.read_landmarks, ".npy": read_mesh}.get(path.suffix, read_landmarks)
    if name == "clip.npz":
        talk = talking_clip("clip", 0.5)
        write_clip(path, replace(talk, landmarks=np.zeros_like(talk.landmarks)))
        read = read_clip
    elif path.suffix == ".npz":
        frames, start = (face[..., :2], spot[0]) if name == "start.npz" else (spot, face[0, :, :2])
        np.savez(path, frames=frames, fps=25.0, start=start)
    elif path.suffix == ".npy":
        np.save(path, np.zeros((468, 3)))
    elif path.suffix == ".csv":
        rows = [names, *([k / 25, *frame.ravel()] for k, frame in enumerate(spot))]
        path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    else:
        points = "3 3\n" * 68
        path.write_text(points if name == "a.txt" else f"version: 1\nn_points: 68\n{{\n{points}}}\n")
    with pytest.raises(InputError, match=f"{name}.* (face|one place|68 points)"):
        read(path)


@_FEW
@given(
    options=st.dictionaries(st.sampled_from(["matte_margin", "soft_edge", "vacated", "separate"]), _VALUES)
)
def test_any_options_are_taken_or_refused(tmp_path: Path, options: dict[str, object]) -> None:
    (tmp_path / "options.json").write_text(json.dumps(options))
    try:
        found = InferenceSettings.of(tmp_path / "1_net_G_A.pth")
    except InputError:
        return
    assert 0 <= found.soft_edge <= 64 and 0 <= found.matte_margin <= 64


@_FEW
@given(text=st.text(max_size=200))
def test_any_text_is_an_object_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_json(text, "a.json", "options", "write it again"), dict)
    except InputError as error:
        assert "a.json" in str(error)


@_FEW
@given(numbers=st.lists(st.floats(-1e5, 1e5, allow_nan=False), min_size=4, max_size=4))
def test_numbers_come_back(tmp_path: Path, numbers: list[float]) -> None:
    (tmp_path / "a.txt").write_text(" ".join(map(repr, numbers)))
    assert np.array_equal(read_numbers(tmp_path / "a.txt", (1, 4), "window")[0], numbers)
