"""A few mutations for every reader; `run.py` tries thousands."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from robustness.readers import READERS, Reader
from robustness.trial import Tally, mutate_all, try_input

from module1_audio2lmk.foundation.data_files import parse_json, read_numbers
from module1_audio2lmk.foundation.errors import InputError
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
