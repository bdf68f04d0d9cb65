"""The benchmark measures what it says: ratios of two pieces of work done in turn."""

import sys
import time

import pytest

from module1_audio2lmk.foundation.errors import InputError
from scripts import benchmark


def test_the_ratio_is_that_of_the_seconds():
    seconds, others, ratio = benchmark.in_turn(lambda: time.sleep(0.01), lambda: time.sleep(0.05), 3)
    assert 0.009 < seconds < 0.04
    assert others > seconds
    assert 1.5 < ratio < 8


def test_one_comparison_is_printed_and_written(tmp_path, monkeypatch, capsys):
    file = tmp_path / "figures.json"
    arguments = ["--only", "grid", "--frames", "2", "--rounds", "1", "--json", str(file)]
    monkeypatch.setattr(sys, "argv", ["benchmark.py", *arguments])
    benchmark.main()
    assert "motion grid" in capsys.readouterr().out
    assert '"grid"' in file.read_text()


def test_an_unknown_measurement_is_named(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["benchmark.py", "--only", "colour"])
    with pytest.raises(InputError, match="colour"):
        benchmark.main()
