"""`evaluate.py flow` on one photo: shipped weights know more of a turned head than its landmarks' spline."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

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
        *(
            *(f"landmark error{kind} over a drawing at rest" for kind in ("", " without the contour")),
            "faces found",
        )
        * 4,
    ]
    assert figures[0]["reached"] and 0 < figures[0]["value"] < figures[0]["goal"]
    assert len(list((tmp_path / "out/turned").iterdir())) == 2


def test_the_contour_is_left_out_and_what_is_not_found_does_not_count() -> None:
    """Landmarks 1 px off, the contour's 5; the second drawing shows no face by the spline."""
    off = np.ones((2, 68))
    off[:, :17] = 5
    unfound = off.copy()
    unfound[1] = np.nan
    figures = list(flow.landmark_figures({"flow A": off, "the spline": unfound, flow.MESHES: off}))
    assert [figure.value for figure in figures] == [2, 1, 100, 2, 1, 50, 2, 1, 100]
    assert "are found: 1" in figures[0].detail


def test_the_mesh_moves_what_it_shows() -> None:
    mesh = read_mesh_of(ROOT / "data/examples/astronaut.jpg")
    around = torch.full((1, 2, 256, 256), 99.0)
    moved = flow.of_the_mesh(mesh, mesh + (3, 0, 0), around)
    x, y = np.rint(mesh[4, :2]).astype(int)
    assert torch.allclose(moved[0, :, y, x], torch.tensor([-3.0, 0.0]), atol=1e-3)
    assert (moved[0, :, 2, 2] == 99).all()


def read_mesh_of(photo: Path) -> np.ndarray:
    """Its face mesh, px of a crop of 256²."""
    mesh = FaceMesh(1)(read_image(photo))[0]
    return to_crop(mesh, mesh_box(mesh)) * 0.5
