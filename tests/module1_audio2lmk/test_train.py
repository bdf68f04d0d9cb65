import csv
import json
import runpy
import sys

import numpy as np
import pytest
import torch
from cli_tools import train_in_two_processes
from speech_data import talking_clip, write_cache, write_weights

from module1_audio2lmk import SpeechToLandmarks, train
from module1_audio2lmk.audio import pitch
from module1_audio2lmk.foundation.checkpoints import build, read_metadata
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.motion.content import load_content_stream
from module1_audio2lmk.networks.autovc import AutoVC
from module1_audio2lmk.training import clips

SMALL = ("--channels", "8", "--shape_size", "4", "--frames", "40", "--batch_size", "4", "--rooms", "0")


@pytest.fixture(autouse=True)
def level_pitch(monkeypatch):
    """Every voice at 120 Hz: following the real one, see test_pitch.py, takes longest of all here."""
    monkeypatch.setattr(pitch, "_track", lambda waveform: np.full(len(waveform) // 256 + 1, np.log(120.0)))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return write_cache(tmp_path_factory.mktemp("cache"))


def options(cache, run, *more, branch="content", steps=6):
    every = ("--save_every", "2", "--validate_every", "100", "--threads", "1", "--device", "cpu", "--quiet")
    base = ("--branch", branch, "--data", str(cache), "--run_dir", str(run), "--steps", str(steps))
    return [*base, *every, *SMALL, *more]


def test_as_a_file_it_is_the_module(monkeypatch):
    started = []
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(runpy, "run_module", lambda name, run_name: sys.exit(started.append(name)))
    with pytest.raises(SystemExit):
        runpy.run_path(train.__file__, run_name="__main__")
    assert started == ["module1_audio2lmk.train"]


def weights(run, name="content_branch"):
    from safetensors.torch import load_file

    return load_file(run / f"{name}.safetensors")


def curves(run):
    with (run / "curves.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_weights_curves_and_its_command(cache, tmp_path):
    assert train.main(options(cache, tmp_path)) == 0
    model = load_content_stream(tmp_path / "content_branch.safetensors")
    assert model.metadata["steps"] == "6" and model.metadata["clips"] == "a,b"
    assert model.mouths(talking_clip().waveform).shape == (188, 68, 3)
    noted = json.loads((tmp_path / "options.json").read_text())
    assert noted["branch"] == "content" and "module1_audio2lmk.train" in noted["command"]
    rows = curves(tmp_path)
    assert sum(bool(row["loss_main"]) for row in rows) == 6 and any(row["opening"] for row in rows)
    assert "<svg" in (tmp_path / "curves.html").read_text()


def test_a_killed_run_ends_as_it_would_have(cache, tmp_path, monkeypatch):
    train.main(options(cache, tmp_path / "whole"))
    killed = tmp_path / "killed"

    class Killed(Exception):
        pass

    real = train.ContentTask.losses

    def dies(self, step, rank, world):
        if step == 5:
            raise Killed
        return real(self, step, rank, world)

    monkeypatch.setattr(train.ContentTask, "losses", dies)
    with pytest.raises(Killed):
        train.main(options(cache, killed))
    monkeypatch.undo()
    assert not (killed / "content_branch.safetensors").exists()
    train.main(options(cache, killed))
    for name, value in weights(tmp_path / "whole").items():
        torch.testing.assert_close(weights(killed)[name], value, rtol=0, atol=0)


def test_another_network_does_not_continue_a_run(cache, tmp_path):
    train.main(options(cache, tmp_path, steps=2))
    with pytest.raises(InputError, match="cannot continue"):
        train.main(options(cache, tmp_path, "--channels", "12", steps=4))


def test_two_processes_train_as_one(cache, tmp_path):
    more = ("--dropout", "0", "--weight_decay", "0")
    train.main(options(cache, tmp_path / "one", *more, steps=3))
    program, arguments = ["-m", "module1_audio2lmk.train"], options(cache, tmp_path / "two", *more, steps=3)
    train_in_two_processes(train.main, program, arguments, tmp_path)

    def losses(run):
        return torch.tensor([float(row["loss_main"]) for row in curves(run) if row["loss_main"]])

    torch.testing.assert_close(losses(tmp_path / "two"), losses(tmp_path / "one"), rtol=1e-3, atol=1e-4)
    for name, value in weights(tmp_path / "one").items():
        torch.testing.assert_close(weights(tmp_path / "two")[name], value, rtol=0, atol=2e-3)


@pytest.mark.parametrize(
    ("branch", "file", "more"),
    [
        ("speaker", "speaker_branch", ()),
        ("pose", "pose_generator", ("--frames", "20")),
        ("speaker_encoder", "speaker_encoder", ("--amp",)),
        ("autovc", "autovc", ("--channels", "32")),
    ],
)
def test_every_branch_trains(tmp_path, branch, file, more):
    cache = tmp_path / "cache"
    cache.mkdir()
    for index, name in enumerate("abcd"):
        clips.write_clip(cache / f"{name}.npz", talking_clip(name, 8.0, index))
    clips.write_split(cache, ["c", "d"])
    checkpoints = write_weights(tmp_path / "weights")
    run = tmp_path / "run"
    arguments = options(cache, run, *more, "--checkpoints_dir", str(checkpoints), branch=branch, steps=3)
    assert train.main(arguments) == 0
    network = build(run / f"{file}.safetensors")
    network.load_state_dict({key: value.float() for key, value in weights(run, file).items()})
    assert sum(bool(row["loss_main"]) for row in curves(run)) == 3


def test_the_speaker_branch_answers_what_it_once_heard(tmp_path):
    cache = write_cache(tmp_path / "cache")
    checkpoints = write_weights(tmp_path / "weights")

    def run(name, *more):
        more = (*more, "--checkpoints_dir", str(checkpoints))
        train.main(options(cache, tmp_path / name, *more, branch="speaker", steps=2))
        return weights(tmp_path / name, "speaker_branch")

    whole = run("whole")
    first = tmp_path / "whole" / "speaker_branch.safetensors"
    answers = run("answers", "--init", str(first), "--freeze_hearing")
    for name in ("audio_content_encoder.weight_ih_l0", "out.4.weight"):
        assert torch.equal(whole[name], answers[name]) == name.startswith("audio"), name
    metadata = read_metadata(tmp_path / "answers" / "speaker_branch.safetensors")
    gains = [float(part) for part in metadata["gain"].split(",")]
    assert len(gains) == 7 and all(0.25 <= gain <= 4 for gain in gains)
    assert json.loads(metadata["arguments"])["causal"]
    published = run("published", "--network", "published")
    assert set(published) == set(whole)


def test_the_published_form_trains_and_speaks(cache, tmp_path):
    train.main(options(cache, tmp_path, "--network", "published", steps=2))
    network = build(tmp_path / "content_branch.safetensors")
    assert type(network).__name__ == "ContentBranch"
    face = AlignedFace(np.zeros((512, 512, 3), np.uint8), load_standard_face() * 150 + 256, "standard")
    speech = SpeechToLandmarks(device="cpu", load_content=tmp_path / "content_branch.safetensors")
    assert speech(talking_clip().waveform, face).shape == (75, 68, 2)


def test_autovc_features(cache, tmp_path):
    with pytest.raises(InputError, match="published"):
        train.main(options(cache, tmp_path / "run", "--features", "autovc"))
    more = ("--features", "autovc", "--network", "published", "--checkpoints_dir", str(tmp_path))
    with pytest.raises(InputError, match="needs ckpt_autovc"):
        train.main(options(cache, tmp_path / "run", *more))
    torch.manual_seed(0)
    torch.save({"model": AutoVC().state_dict()}, tmp_path / "ckpt_autovc.pth")
    assert train.main(options(cache, tmp_path / "run", *more, steps=1)) == 0


def test_useless_data(cache, tmp_path):
    with pytest.raises(InputError, match="no folder"):
        train.main(options(tmp_path / "missing", tmp_path / "run"))
    with pytest.raises(InputError, match="held-out clips"):
        train.main(options(cache, tmp_path / "run", "--validation", "unknown"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no clips"):
        train.main(options(tmp_path / "empty", tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_one_part_is_trained_and_the_other_stays(cache, tmp_path):
    train.main(options(cache, tmp_path / "members", "--parts", "members", steps=2))
    first = tmp_path / "members" / "content_branch.safetensors"
    train.main(options(cache, tmp_path / "both", "--parts", "closure", "--init", str(first), steps=2))
    before, after = weights(tmp_path / "members"), weights(tmp_path / "both")
    for name, value in before.items():
        assert torch.equal(value, after[name]) != name.startswith("closure."), name


def test_rest_is_learnt_apart_from_lips_that_speech_closes(cache, tmp_path):
    """Touching lips tell nothing of rest, open lips that somebody speaks, and rest nothing of touching."""
    run = tmp_path / "run"
    train.main(options(cache, run, "--parts", "closure", "--closure_size", "2", "--certain", "4", steps=1))
    network = build(run / "content_branch.safetensors")
    assert network.closure[-1].out_channels == 2
    task = train.ContentTask.__new__(train.ContentTask)
    task.networks = {"content": network}
    hidden = [torch.randn(1, network.closure[-1].in_channels, 3)]
    touching, resting = torch.tensor([[1.0, 0.0, 1.0]]), torch.tensor([[0.0, 0.0, 1.0]])
    logits = network.closures_of(hidden).detach().requires_grad_()
    network.closures_of = lambda _: logits
    task._closure_loss(hidden, touching, torch.ones(1, 3), resting).backward()
    signs = torch.sign(logits.grad[0]).tolist()
    assert signs == [[-1, 1, 0], [0, 1, -1]]
