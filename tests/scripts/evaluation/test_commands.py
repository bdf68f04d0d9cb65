"""The commands as a user gives them, on two tiny generators with random weights."""

import json
from pathlib import Path

import pytest
import torch
from cli_tools import run

from module1_audio2lmk.foundation.checkpoints import save_network
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import read_image, write_image
from module2_drawing.networks import WarpGenerator
from scripts import evaluate
from scripts.evaluation import commands
from scripts.evaluation.commands import drawing
from scripts.evaluation.commands.ablation import weights_of
from scripts.evaluation.store import Store, read_arrays

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weight files: a generator, and one that draws nothing but grey."""
    folder = tmp_path_factory.mktemp("runs")
    torch.manual_seed(0)
    network = WarpGenerator(ngf=4)
    save_network(folder / "full.safetensors", network, {"ngf": 4})
    for weight in network.parameters():
        torch.nn.init.zeros_(weight)
    save_network(folder / "grey.safetensors", network, {"ngf": 4})
    return folder


@pytest.fixture(scope="module")
def done(clips: Path, runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of `ablation`, which does all that `drawing` does too."""
    out = tmp_path_factory.mktemp("ablation")
    (out / "list.txt").write_text("left\nright\n")
    given = ["--run", f"all losses={runs}/full.safetensors", "--run", f"without={runs}/grey.safetensors"]
    shared = ["--clips", str(out / "list.txt"), "--seconds", "0.16", "--drive", "clip", "--jobs", "1"]
    metrics = ["--metrics", "inter_frame_ssim,flicker,frechet_filterbank"]
    evaluate.main(["ablation", str(clips), *shared, *metrics, *given, "--out", str(out), "--quiet"])
    return out


def test_the_ablation_has_table_page_and_stills(done: Path, capsys: pytest.CaptureFixture) -> None:
    results = json.loads((done / "results.json").read_text())
    assert list(results["methods"]) == ["all_losses", "without"]
    weights = results["methods"]["without"]["weights"][0]
    assert weights["file"].endswith("grey.safetensors") and len(weights["sha256"]) == 64
    table = (done / "ablation.md").read_text()
    assert "| all losses |" in table and "▼" in table
    page = (done / "ablation.html").read_text()
    assert page.count("<img") == 2 * 2 * 3
    stills = sorted((done / "stills").glob("*.png"))
    assert len(stills) == 12 and read_image(stills[0]).shape == (256, 256, 3)


def test_a_finished_run_is_compared_with_itself_and_reported(
    done: Path, capsys: pytest.CaptureFixture
) -> None:
    assert evaluate.main(["regress", str(done), str(done), "--quiet"]) == 0
    assert "0 of 6 figures got worse" in capsys.readouterr().out
    worse = json.loads((done / "results.json").read_text())
    for score in worse["scores"]["without"]["inter_frame_ssim"]["clips"]:
        worse["scores"]["without"]["inter_frame_ssim"]["clips"][score] -= 0.1
    (done / "worse.json").write_text(json.dumps(worse))
    assert evaluate.main(["regress", str(done), str(done / "worse.json"), "--quiet"]) == 1
    assert evaluate.main(["report", str(done), "--quiet"]) is None


def test_the_weights_of_a_training_run(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "latest_net_D_A.pth").touch()
    with pytest.raises(InputError, match="no latest_net_G"):
        weights_of(tmp_path)
    (tmp_path / "latest_net_G_A.pth").touch()
    assert weights_of(tmp_path).name == "latest_net_G_A.pth"
    assert weights_of(runs / "full.safetensors") == runs / "full.safetensors"
    with pytest.raises(InputError, match="no run"):
        weights_of(tmp_path / "nothing")


def test_every_command_is_found_and_documented() -> None:
    names = commands.names()
    assert {"ablation", "drawing", "list", "regress", "report", "study", "study-report"} <= set(names)
    for name in names:
        command = commands.load(name)
        assert commands.help_of(name) == command.HELP and command.__doc__ and callable(command.run)


def test_list_prints_what_there_is(capsys: pytest.CaptureFixture) -> None:
    evaluate.main(["list"])
    shown = capsys.readouterr().out
    assert "lmd (lower is better)" in shown and "upd_warp" in shown


def test_other_programs_are_rows_of_their_own(tmp_path: Path) -> None:
    given = ["drawing", "clips", "--out", "out", "--methods", "ours", "--videos", f"Sad Talker={tmp_path}"]
    options = evaluate.parse_arguments([*given, "--videos", f"={tmp_path}"])
    made = drawing.rows(options)
    assert [row.name for row in made] == ["ours", "Sad_Talker", tmp_path.name]
    assert made[1].arguments == {"label": "Sad Talker", "folder": tmp_path}
    options.videos.append(f"Sad Talker={tmp_path}")
    with pytest.raises(InputError, match="once"):
        drawing.rows(options)


def test_reference_drawings_from_a_folder(clips: Path, runs: Path, done: Path, tmp_path: Path) -> None:
    for index, still in enumerate(sorted((done / "stills").glob("*closed*.png"))):
        write_image(tmp_path / "drawings" / f"{index}.png", read_image(still))
    given = ["drawing", str(clips), "--clips", str(done / "list.txt"), "--seconds", "0.16", "--drive", "clip"]
    given += [
        "--methods",
        "upd_warp",
        "--metrics",
        "frechet_filterbank",
        "--out",
        str(tmp_path / "out"),
        "--quiet",
    ]
    given += ["--jobs", "1"]
    assert evaluate.main([*given, "--drawings", str(tmp_path / "drawings")]) is None
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["settings"]["references"].endswith("drawings")
    assert results["scores"]["upd_warp"]["frechet_filterbank"]["value"] > 1
    own = Store(tmp_path / "out").reference("left")
    assert read_arrays(own) == {} and "frechet_filterbank" in read_arrays(own.with_name("drawings.npz"))


def test_bad_input_is_one_line_and_leaves_nothing(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    monkeypatch.chdir(tmp_path)
    done = run(evaluate.main, "drawing", clips, "--out", out, "--metrics", "fid")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: ") and "frechet_filterbank" in done.stderr
    assert len(done.stderr.splitlines()) == 1 and not out.exists()
