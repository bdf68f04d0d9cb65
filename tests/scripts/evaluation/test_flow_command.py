"""`evaluate.py flow` on one photo: shipped weights know more of a turned head than its landmarks' spline."""

import json
from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.face.align import crop_square, to_crop
from module1_audio2lmk.foundation.face.face_mesh import FaceMesh
from module1_audio2lmk.foundation.face.search import mesh_box
from module1_audio2lmk.foundation.media import read_image, write_image
from scripts import evaluate
from scripts.evaluation.commands import flow

ROOT = Path(__file__).resolve().parents[3]


def test_a_turned_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = read_image(ROOT / "data/examples/astronaut.jpg")
    mesh = FaceMesh(1)(photo)[0]
    box = mesh_box(mesh)
    write_image(tmp_path / "Photo/one.png", crop_square(photo, box))
    (tmp_path / "Amesh").mkdir()
    np.save(tmp_path / "Amesh/one.npy", to_crop(mesh, box).astype(np.float32))
    (tmp_path / "valA").mkdir()
    (tmp_path / "valA/small.txt").write_text(f"{tmp_path / 'Photo/one.png'}\n")
    monkeypatch.setattr(flow, "TURNS", (25,))
    evaluate.main(["flow", str(tmp_path / "small"), "--out", str(tmp_path / "out")])
    figures = json.loads((tmp_path / "out/results.json").read_text())["figures"]
    assert [figure["name"].partition(",")[0] for figure in figures] == [
        "end-point error",
        *("landmark error over a drawing at rest", "faces found") * 2,
    ]
    assert figures[0]["reached"] and 0 < figures[0]["value"] < figures[0]["goal"]
    assert len(list((tmp_path / "out/turned").iterdir())) == 2
