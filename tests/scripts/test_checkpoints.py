"""The checkpoint command on a folder laid out as the published one."""

import importlib.util
import json
import os
import shutil
from pathlib import Path
from types import ModuleType

import pytest
import torch
from cli_tools import run
from torch import nn

from module1_audio2lmk.foundation.checkpoints import KNOWN, save_network, save_safetensors
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.networks.content_branch import ContentBranch
from module1_audio2lmk.networks.speaker_branch import SpeakerBranch
from module1_audio2lmk.networks.speaker_encoder import SpeakerEncoder
from module1_audio2lmk.networks.streaming_content_branch import StreamingContentBranch
from module2_drawing.networks import (
    FlowRegressionUNet,
    MobileFaceNet,
    MODNet,
    OverpaintGenerator,
    WarpGenerator,
)
from module2_drawing.networks.photo2cartoon import Photo2CartoonGenerator

ROOT = Path(__file__).resolve().parents[2]
FLOW = {"nf": 8, "max_nf": 16, "start_scale": 2, "num_scale": 2, "norm": "batch"}


@pytest.fixture(scope="module")
def command() -> ModuleType:
    spec = importlib.util.spec_from_file_location("checkpoints_command", ROOT / "scripts" / "checkpoints.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def state(network: nn.Module, prefix: str = "") -> dict[str, torch.Tensor]:
    return {prefix + name: value for name, value in network.state_dict().items()}


def put(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # it may be a link to what other tests read
    torch.save(content, path)


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """The published files, linked, in a folder of the test's own."""
    return shutil.copytree(published, tmp_path / "checkpoints", copy_function=os.link)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Published names and nesting, with the oddities of the published files."""
    folder = tmp_path_factory.mktemp("published")
    put(folder / "ckpt_content_branch.pth", {"model_g_face_id": state(ContentBranch()), "epoch": 1})
    speaker = state(SpeakerBranch()) | {"comb_mlp.0.weight": torch.zeros(2, 2)}
    put(folder / "ckpt_speaker_branch.pth", {"G": speaker})
    put(folder / "pretrained.pt", {"step": 1, "model_state": state(SpeakerEncoder())})
    put(folder / "modnet_photographic_portrait_matting.ckpt", state(MODNet(), "module."))
    put(folder / "mobilefacenet_model_best.pth.tar", {"state_dict": state(MobileFaceNet(), "module.")})
    put(folder / "formal/drawing/70_net_G_A.pth", state(WarpGenerator()))
    put(folder / "formal/cartoon/70_net_G_A.pth", state(WarpGenerator(output_nc=3), "module."))
    put(folder / "FlowReg_id_flow_faces/best_net_netF.pth", state(FlowRegressionUNet(**FLOW)))
    (folder / "FlowReg_id_flow_faces/train_opt.json").write_text(json.dumps(FLOW))
    put(folder / "static/cartoon.pt", {"genA2B": state(Photo2CartoonGenerator()), "genB2A": {}})
    return folder


def test_verify_accepts_what_fits(
    command: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "training/mine/200_net_G_A.pth", state(OverpaintGenerator(4, 1, ngf=4, div=2)))
    options = {"netG": "overpaint", "input_nc": 4, "output_nc": 1, "ngf": 4, "netg_resb_div": 2}
    (folder / "training/mine/options.json").write_text(json.dumps(options))
    assert command.verify(folder) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "training/mine/200_net_G_A.pth: ok" in lines
    assert "static/cartoon.pt: ok" in lines
    assert sum(line.endswith(": ok") for line in lines) == 10
    assert lines[-1] == "10 files, 0 failed"


def test_verify_names_every_tensor(
    command: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = state(ContentBranch())
    first, second = list(content)[:2]
    content["odd"] = content.pop(first)
    content[second] = torch.zeros(7)
    put(folder / "ckpt_content_branch.pth", {"model_g_face_id": content})
    assert command.verify(folder) == 1
    lines = capsys.readouterr().out.splitlines()
    start = lines.index("ckpt_content_branch.pth: FAILED")
    assert lines[start + 1] == f"    missing {first}"
    assert lines[start + 2].startswith(f"    wrong shape of {second}: (7,), not (")
    assert lines[start + 3] == "    unexpected odd"
    assert lines[-1] == "9 files, 1 failed"


def test_verify_tells_damaged_files_and_missing_companions(
    command: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "FlowReg_id_flow_faces/train_opt.json").unlink()
    (folder / "pretrained.pt").unlink()
    (folder / "pretrained.pt").write_bytes(b"nothing")
    put(folder / "formal/drawing/70_net_G_A.pth", {"other.weight": torch.zeros(1)})
    assert command.verify(folder) == 1
    output = capsys.readouterr().out
    assert "train_opt.json; check the path" in output
    assert "pretrained.pt is damaged or no checkpoint" in output
    assert "    unexpected other.weight" in output
    assert "9 files, 3 failed" in output


def test_verify_of_other_folders(command: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file of a known name"):
        command.verify(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        command.verify(tmp_path / "absent")


def test_status_tells_what_is_used_instead(
    command: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ckpt_content_branch.pth").unlink()
    (folder / "modnet_photographic_portrait_matting.ckpt").unlink()
    own = folder / "default" / "content_branch.safetensors"
    save_network(own, ContentBranch(), {})
    assert command.status(str(folder)) == 0
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert set(lines) == {known.published for known in KNOWN.values()}
    assert lines["ckpt_content_branch.pth"] == f"not present; instead: {own}, loadable"
    assert lines["ckpt_speaker_branch.pth"] == "present, loadable"
    assert lines["modnet_photographic_portrait_matting.ckpt"].startswith("not present; instead: the selfie")
    assert lines["static/cartoon.pt"] == "present, loadable"


def test_own_weights_say_what_they_hold(
    command: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {"channels": 16, "shape_size": 4, "members": 1}
    network = StreamingContentBranch(**arguments)
    default, content = tmp_path / "default", network.state_dict()
    save_network(default / "content_branch.safetensors", network, arguments)
    other = {"network": "PoseGenerator", "arguments": "{}"}
    save_safetensors(default / "pose_generator.safetensors", content, other)
    save_safetensors(default / "speaker_branch.safetensors", content)
    save_network(default / "generator_oil.safetensors", nn.Linear(1, 1), {})
    assert command.verify(tmp_path) == 1
    output = capsys.readouterr().out
    lines = output.splitlines()
    assert "default/content_branch.safetensors: ok" in lines
    assert "default/pose_generator.safetensors: FAILED" in lines
    assert "    unexpected basis" in lines
    assert "speaker_branch.safetensors does not say what network it holds" in output
    assert "generator_oil.safetensors holds a network Linear that is not known here" in output


def test_shipped_weights_fit_their_networks(command: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.verify(ROOT / "checkpoints") == 0
    shipped = sorted((ROOT / "checkpoints/default").glob("*.safetensors"))
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines[:-1]) == [f"default/{path.name}: ok" for path in shipped]
    for path in shipped:
        assert path.with_suffix(".md").is_file()


def test_status_fails_on_a_file_that_would_be_used(
    command: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "ckpt_speaker_branch.pth", {"G": {"x": torch.zeros(1)}})
    assert command.status(str(folder)) == 1
    assert "ckpt_speaker_branch.pth: present, NOT LOADABLE: missing " in capsys.readouterr().out


def test_command_line(command: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(command.main, "verify", folder / "absent")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no folder")
    monkeypatch.chdir(folder)
    assert run(command.main, "status").stdout.count("\n") == len(KNOWN)
