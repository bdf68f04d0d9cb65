"""What a run leaves: states, the log, its page, and what a display that went away does to it."""

import csv
import json

import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation.engine.log import Log
from module1_audio2lmk.foundation.engine.monitor import Display, Monitor
from module1_audio2lmk.foundation.engine.states import StateFolder
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.pages import IMAGES, write_page

CLOCKS = ("epoch", "images")


def test_last_three_states_are_kept_and_a_damaged_one_is_passed_over(tmp_path, capsys):
    states = StateFolder(tmp_path / "state", keep=3)
    for images in (10, 20, 30, 40):
        states.save(images, {"images": images, "weights": torch.ones(2)})
    assert sorted(path.name for path in states.folder.iterdir()) == [f"0000000{n}0.pt" for n in (2, 3, 4)]
    assert states.load()["images"] == 40
    newest = states.folder / "000000040.pt"
    newest.write_bytes(newest.read_bytes()[:100])
    assert states.load()["images"] == 30 and "000000040.pt" in capsys.readouterr().err
    with pytest.raises(InputError, match="no training state"):
        StateFolder(tmp_path / "other").load()


def test_states_of_processes_do_not_mix(tmp_path):
    for rank in (0, 1):
        StateFolder(tmp_path, rank=rank).save(10, {"rank": rank})
    assert [StateFolder(tmp_path, rank=rank).load()["rank"] for rank in (0, 1)] == [0, 1]


def test_log_drops_rows_after_the_resumed_state(tmp_path):
    log = Log(tmp_path, "losses", CLOCKS)
    for images in (10, 20, 30):
        log.add({"epoch": 1, "images": images, "G": 1.0 / images, "D": 0.5})
    again = Log(tmp_path, "losses", CLOCKS, resume_at=20)
    again.add({"epoch": 1, "images": 30, "G": 9.0, "D": 0.5, "late": 2.0})
    again.write()
    rows = [json.loads(line) for line in (tmp_path / "losses.jsonl").read_text().splitlines()]
    assert [row["images"] for row in rows] == [10, 20, 30] and rows[-1]["G"] == 9.0
    lines = list(csv.reader((tmp_path / "losses.csv").read_text().splitlines()))
    assert lines[0] == ["epoch", "images", "G", "D", "late"] and lines[-1] == ["1", "30", "9.0", "0.5", "2.0"]
    assert len(lines) == 4 and lines[1][-1] == ""
    curves = again.curves()
    assert len(curves) == 3 and "G: 9.0000" in curves[0].title and len(curves[0].places.split()) == 3
    assert Log(tmp_path, "losses", CLOCKS).rows == []


def test_page_escapes_names(tmp_path):
    shown = {"rows": [("x->y", {"one": "images/x->y #1.png"})], "width": 128}
    write_page(tmp_path / "deep/index.html", IMAGES, title="a < b", refresh=5, **shown)
    text = (tmp_path / "deep/index.html").read_text()
    assert "a &lt; b" in text and 'src="images/x-%3Ey%20%231.png"' in text and 'content="5"' in text


def test_a_display_that_dies_is_one_line_and_ends_nothing(tmp_path, capsys, monkeypatch):
    class Gone:
        def line(self, *_, **__):
            raise ConnectionError

        images = line

    monkeypatch.setattr(Display, "connect", lambda self: Gone())
    monitor = Monitor(Log(tmp_path, "losses", CLOCKS), "run", tmp_path / "index.html", Display())
    for images in (1, 2, 3):
        monitor.add(1, images, {"G": 0.5})
        monitor.images(1, {"frame": np.zeros((4, 4, 3), np.uint8)}, save=True)
        monitor.write()
    assert capsys.readouterr().err.count("does not answer any more") == 1
    assert "epoch001_frame.png" in (tmp_path / "index.html").read_text()
