"""Tables of the documents: they are what the kept results say, and say what those were measured on."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from module1_audio2lmk.foundation.errors import InputError
from scripts import evaluate
from scripts.evaluation import documents
from scripts.evaluation.commands import tables
from scripts.evaluation.provenance import ROOT, digest
from scripts.evaluation.store import write_json


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    save_file({"a": np.arange(3.0)}, folder / "net.safetensors", {"gain": "1"})
    return folder


@pytest.fixture
def results(weights: Path) -> dict:
    """A results.json of two methods and a clip, as `drawing` writes it."""
    score = {"low": None, "high": None}
    return {
        "provenance": {
            "command": "python scripts/evaluate.py drawing ../talk --clips /home/me/a.txt --out results/x",
            "time": "today",
            "versions": {"torch": "2"},
            "source": {"commit": "0123456789", "changed": []},
        },
        "settings": {"seed": 3},
        "methods": {
            "ours": {
                "label": "Ours",
                "sees_clip": False,
                "weights": [
                    {"file": "w/net.safetensors", "bytes": 7, "sha256": digest(weights / "net.safetensors")}
                ],
            },
            "per_frame": {"label": "Clip", "sees_clip": True, "weights": []},
        },
        "metrics": {
            "lmd": {"label": "LMD", "unit": "px", "better": "lower", "decimals": 2, "definition": "long"},
            "identity": {"label": "Identity", "unit": "", "better": "higher", "decimals": 3, "of": "clips"},
        },
        "scores": {
            "ours": {
                "lmd": score | {"value": 2.5, "standing": "best", "clips": {"a": 2.123456789, "b": None}},
                "identity": score | {"value": None, "standing": None},
            },
            "per_frame": {"lmd": score | {"value": 2.0}, "identity": score | {"value": 0.9}},
        },
        "clips": ["a", "b"],
        "figures": [{"name": "speed", "value": 3.0, "goal": 2.0, "better": "higher", "reached": True}],
    }


@pytest.fixture
def kept(results: dict, weights: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    write_json(folder / "run.json", documents.keep(results, "2 real clips, 1 s each", weights))
    return folder


def test_the_projects_tables_are_those_of_its_results() -> None:
    stale = [
        str(path.relative_to(ROOT))
        for path in documents.documents()
        if documents.refreshed(text := path.read_text(encoding="utf-8")) != text
    ]
    assert not stale, f"python scripts/evaluate.py tables makes the tables of {stale} anew"


def test_every_kept_result_stands_in_a_document_and_says_what_it_was_measured_on() -> None:
    texts = [path.read_text(encoding="utf-8") for path in documents.documents()]
    shown = {found[1] for text in texts for found in documents.BLOCK.findall(text)}
    assert shown == {path.name for path in documents.KEPT.glob("*.json")}
    for name in shown:
        content = json.loads((documents.KEPT / name).read_text(encoding="utf-8"))
        assert re.search("real|generated|synthetic", content["measured_on"]) and content["commit"]
        # The moved drawing alone has no weights: no other method beside it, and no quality that paints.
        moved = set(content.get("methods", ())) == {"ours"} and "--quality" not in content["command"]
        assert content["weights"] or moved, name
        assert not re.search(r"(^|[ =])/", content["command"])


def test_a_table_of_methods(kept: Path, weights: Path) -> None:
    text = "before\n<!-- table: run.json -->\nformerly\n<!-- end -->\nafter\n"
    made = documents.refreshed(text, kept, weights)
    assert made.startswith("before\n<!-- table: run.json -->\n\n| Method | LMD (px) ↓ | Identity ↑ |\n")
    assert "| Ours | **2.50** | — |\n| Clip | 2.00 | 0.900 |" in made and "formerly" not in made
    assert "Measured on 2 real clips, 1 s each; commit 0123456, seed 3" in made
    assert "`python scripts/evaluate.py drawing talk --clips a.txt --out results/x`" in made
    assert "former" not in made and made.endswith("<!-- end -->\nafter\n")
    assert documents.refreshed(made, kept, weights) == made


def test_columns_and_rows_can_be_chosen(kept: Path, weights: Path) -> None:
    place = "<!-- table: run.json methods=per_frame metrics=identity -->\n<!-- end -->"
    made = documents.refreshed(place, kept, weights)
    assert "| Method | Identity ↑ |\n| --- | --: |\n| Clip | 0.900 |\n\n" in made
    with pytest.raises(InputError, match="taste"):
        documents.refreshed(place.replace("identity", "taste"), kept, weights)


def test_figures_with_their_goals(kept: Path, weights: Path) -> None:
    made = documents.refreshed("<!-- figures: run.json -->\n<!-- end -->", kept, weights)
    assert "| Figure | Value | Goal | Reached |\n" in made and "| speed | 3 | ≥ 2 | yes |" in made


def test_a_table_says_that_its_weights_are_no_longer_shipped(kept: Path, weights: Path) -> None:
    place = "<!-- table: run.json -->\n<!-- end -->"
    save_file({"a": np.arange(3.0) + 1}, weights / "net.safetensors", {"gain": "1"})
    made = documents.refreshed(place, kept, weights)
    assert "**Measured with former weights**: net.safetensors changed since." in made
    shutil.rmtree(weights)
    assert documents.former_weights(json.loads((kept / "run.json").read_text()), weights) == [
        "net.safetensors"
    ]


def test_a_file_that_is_told_what_it_holds_is_the_same_and_one_used_otherwise_is_not(
    kept: Path, weights: Path
) -> None:
    content, file = json.loads((kept / "run.json").read_text()), weights / "net.safetensors"
    save_file({"a": np.arange(3.0)}, file, {"gain": "1", "network": "Net", "arguments": "{}"})
    assert documents.former_weights(content, weights) == []
    save_file({"a": np.arange(3.0)}, file, {"gain": "2"})
    assert documents.former_weights(content, weights) == [file.name]


@pytest.mark.parametrize(
    "text", ["<!-- table: run.json -->\nno end", "<!-- table: run.txt -->\n<!-- end -->"]
)
def test_a_place_that_is_marked_wrongly(text: str, kept: Path, weights: Path) -> None:
    with pytest.raises(InputError, match="marked place"):
        documents.refreshed(text, kept, weights)


def test_what_is_kept_is_small_and_says_real_or_generated(results: dict, kept: Path) -> None:
    content = json.loads((kept / "run.json").read_text())
    assert content["scores"]["ours"]["lmd"]["clips"] == {"a": 2.12346, "b": None}
    assert list(content["weights"]) == ["net.safetensors"] and "definition" not in content["metrics"]["lmd"]
    with pytest.raises(InputError, match="real, generated or synthetic"):
        documents.keep(results, "8 clips")


def test_the_command_keeps_and_checks(
    results: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.json").write_text(json.dumps(results))
    readme = tmp_path / "README.md"
    readme.write_text("<!-- figures: new.json -->\n<!-- end -->\n")
    monkeypatch.setattr(tables, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(tables, "documents", lambda: [readme])
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    given = ["--keep", str(tmp_path), "--as", "new", "--on", "2 real clips"]
    with pytest.raises(InputError, match="all three"):
        evaluate.main(["tables", *given[:4]])
    assert evaluate.main(["tables", "--check", *given]) == 1 and "speed" not in readme.read_text()
    assert evaluate.main(["tables"]) == 0 and "| speed | 3 |" in readme.read_text()
    assert evaluate.main(["tables", "--check"]) == 0
