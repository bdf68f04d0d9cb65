"""The command as a user gives it, on one photo under two names and a generator with random weights."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from module1_audio2lmk.foundation.checkpoints import save_network
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import probe
from module2_drawing.networks import MobileFaceNet, WarpGenerator
from scripts import evaluate
from scripts.evaluation.methods import at_rest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", autouse=True)
def few_variants() -> Iterator[None]:
    """A face is drawn again twice, not four times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(at_rest, "VARIANTS", at_rest.VARIANTS[:2])
        yield


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    save_network(folder / "generator.safetensors", WarpGenerator(ngf=4), {"ngf": 4})
    save_network(folder / "net.safetensors", MobileFaceNet(), {})
    return folder


@pytest.fixture(scope="module")
def command(clips: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("portraits")
    for name in ("a_1.jpg", "b_1.jpg", "b_2.jpg"):
        (folder / "photos").mkdir(exist_ok=True)
        shutil.copy(ROOT / "data/examples/astronaut.jpg", folder / "photos" / name)
    (folder / "clips.txt").write_text("left\nright\n")
    given = ["portraits", str(folder / "photos"), "--validation", "1", "--motion", str(clips)]
    given += ["--clips", str(folder / "clips.txt"), "--seconds", "0.08", "--step", "1", "--jobs", "1"]
    given += ["--quiet", "--set_bootstrap", "5", "--device", "cpu"]
    return [*given, "--generator", str(weights / "generator.safetensors"), "--out", str(folder / "out")]


@pytest.fixture(scope="module")
def done(command: list[str]) -> Path:
    evaluate.main(command)
    return Path(command[-1])


def times(out: Path) -> dict[str, int]:
    return {str(p.relative_to(out)): p.stat().st_mtime_ns for p in out.rglob("*.*") if p.parent != out}


def test_every_photo_has_frames_scores_and_a_place_on_the_page(done: Path) -> None:
    results = json.loads((done / "results.json").read_text())
    assert {path.stem for path in (done / "drawings").iterdir()} == {"a_1", "b_1", "b_2"}
    clips = {name: about["clip"] for name, about in results["photos"].items()}
    assert clips == {"a_1": "left", "b_1": "left", "b_2": "right"}
    page, table = (done / "index.html").read_text(), (done / "table.md").read_text()
    for row in ("ours", "upd_warp"):
        assert set(results["scores"][row]["inter_frame_ssim"]["clips"]) == {"a_1", "b_1", "b_2"}
        about = probe(done / "videos" / row / "a_1.mp4")
        assert (about.width, about.frames, about.audio_codec) == (256, 2, "aac")
        assert f'src="videos/{row}/a_1.mp4"' in page
    assert "| inter-frame SSIM at 25 frames/s |" in table and "| a | 1 |" in table
    assert results["methods"]["ours"]["weights"][0]["file"].endswith("generator.safetensors")
    figures = {figure["name"]: figure for figure in results["figures"]}
    warped = figures["identity, of what drawings of the same face share"]
    assert warped["value"] is not None and warped["goal"] == 0.95
    assert figures["landmark error on static drawings, own network, px"]["value"] > 0
    used = {about["file"].rpartition("/")[2] for about in results["settings"]["metric_files"]}
    assert {"landmark_net.safetensors", "face_recognition.safetensors"} <= used
    still = results["scores"]["at_rest"]
    assert still["landmark_error"]["value"] > 0 and still["identity"]["value"] is None
    assert "frechet_filterbank" not in still and not (done / "videos" / "at_rest").exists()
    assert (done / "stills/a_1.png").is_file() and 'src="stills/a_1.png"' in page
    assert results["scores"]["upd_warp"]["identity_ratio"]["clips"]["a_1"] > 0.9


def test_what_is_done_is_kept_and_what_is_missing_is_made(done: Path, command: list[str]) -> None:
    before = times(done)
    evaluate.main(command)
    assert times(done) == before
    (done / "pairs/ours/a_1.npz").unlink()
    evaluate.main(command)
    changed = {name for name, time in times(done).items() if before.get(name) != time}
    assert changed == {"pairs/ours/a_1.npz", "videos/ours/a_1.mp4"}


def test_a_network_and_a_baseline_add_figures_and_a_row(
    done: Path, command: list[str], weights: Path, capsys: pytest.CaptureFixture
) -> None:
    before = times(done)
    more = ["--landmark_net", str(weights / "net.safetensors"), "--limit", "1"]
    evaluate.main([*command, *more, "--baseline", str(weights / "generator.safetensors"), "--groups", "none"])
    results = json.loads((done / "results.json").read_text())
    assert list(results["photos"]) == ["a_1"] == results["clips"]
    assert results["scores"]["content_only"]["frechet_filterbank"]["value"] > 0
    names = {figure["name"]: figure["value"] for figure in results["figures"]}
    assert names["landmark error on static drawings, own network, px"] > 0
    assert not any("worst group" in name for name in names)
    assert "Content loss alone" in capsys.readouterr().out
    assert times(done)["references/a_1.npz"] == before["references/a_1.npz"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--landmark_net", "missing.pth"], "missing.pth"),
        (["--generator", "missing.pth"], "missing.pth"),
        (["--baseline", "missing.pth"], "missing.pth"),
        (["--identity", "missing.onnx"], "missing.onnx"),
        (["--photos", "missing.txt"], "missing.txt"),
        (["--drawings", "missing"], "missing"),
        (["--motion", "missing"], "missing"),
        (["--validation", "0"], "share above 0"),
        (["--step", "0"], "give 1 or more"),
        (["--limit", "-1"], "0 or more"),
        (["--style", "chalk"], "unknown style"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(
    command: list[str], given: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        evaluate.main([*command[:-1], str(tmp_path / "out"), *given])
    assert not (tmp_path / "out").exists()


def test_clips_and_photos_without_a_face(command: list[str], clips: Path, tmp_path: Path) -> None:
    (tmp_path / "nobody.txt").write_text("nobody\n")
    with pytest.raises(InputError, match="face"):
        evaluate.main([*command[:-1], str(tmp_path / "out"), "--clips", str(tmp_path / "nobody.txt")])
    assert not (tmp_path / "out").exists()
