import json

import numpy as np
import pytest
import torch
from speech_data import SMALL, opening_network, talking_clip, viseme_clip, voice, write_cache

from module1_audio2lmk import SpeechToLandmarks, train
from module1_audio2lmk.foundation.checkpoints import build, read_metadata, save_network
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import inner_gap
from module1_audio2lmk.motion.content import load_content_stream
from module1_audio2lmk.networks.speech_encoder import SpeechEncoder
from module1_audio2lmk.training import closure_fit
from module1_audio2lmk.training.clips import write_clip
from module1_audio2lmk.training.content_fit import CONTEXT, in_context
from module1_audio2lmk.training.datasets import pressed_together
from module1_audio2lmk.training.mouth_task import MouthTask
from module1_audio2lmk.training.sync import correlation


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    save_network(folder / "mel.safetensors", opening_network(True), SMALL)
    cache = write_cache(folder / "cache", ("a", "b", "c"), ("c",))
    write_clip(folder / "visemes" / "v.npz", viseme_clip("v"))
    command = f"--branch content --front_end moonshine --data {cache} --viseme_data {folder / 'visemes'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closure_fit, "_STEPS", 100)
        patch.setattr(closure_fit, "_STILL_SOUNDS", 10)
        train.main([*command.split(), "--run_dir", str(folder / "run"), "--shape_size", "4", "--quiet"])
    return folder


def test_the_opening_of_a_held_out_clip_is_heard(fitted):
    clip = talking_clip("c", seed=2)
    heard = load_content_stream(fitted / "run" / "content_branch.safetensors").opening(clip.waveform)
    assert correlation(heard, inner_gap(clip.landmarks)[: len(heard)]) > 0.6


def test_lips_touch_on_what_presses_them_and_when_nobody_speaks(fitted):
    model = load_content_stream(fitted / "run" / "content_branch.safetensors")
    clip, stream = viseme_clip("v"), model.stream()
    touching = np.concatenate([stream.articulate(clip.waveform), stream.finish()])[:, -1]
    pressed = pressed_together(clip, len(touching)) > 0
    assert touching[pressed].mean() > touching[~pressed].mean() + 0.1
    stream = model.stream()
    silence = np.concatenate([stream.articulate(np.zeros(16000, np.float32)), stream.finish()])
    assert silence[:, -1].min() > 0.9
    metadata = read_metadata(fitted / "run" / "content_branch.safetensors")
    assert metadata["features"] == "moonshine" and metadata["clips"] == "a,b"
    assert json.loads((fitted / "run" / "options.json").read_text())["features"] == "moonshine"


def test_a_stream_of_it_gives_what_a_file_gives(fitted):
    model = load_content_stream(fitted / "run" / "content_branch.safetensors")
    sound, stream = voice(2.0)[0], model.stream()
    parts = [stream.articulate(part) for part in np.split(sound, (100, 3000, 3001, 17000))]
    mouths = np.concatenate([*parts, stream.finish()])
    assert len(mouths) == len(sound) // 256 + 1
    moved = model.displacement(mouths[:, :-1], mouths[:, -1])
    np.testing.assert_allclose(moved, model.mouths(sound), atol=1e-5)
    assert stream.latency + 0.016 <= 0.32


def test_the_convolution_is_the_regression():
    features = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    rows = in_context(features)
    width, dilation, ahead = CONTEXT
    for tap in range(width):
        frame = 10 + ahead - (width - 1 - tap) * dilation
        assert np.array_equal(rows[10, 3 * tap : 3 * tap + 3], features[frame])
    assert not rows[0, :3].any() and rows[:, -1].all()


def test_without_synthetic_speech_it_says_what_to_do(tmp_path):
    cache = write_cache(tmp_path / "cache")
    command = f"--branch content --front_end moonshine --data {cache} --run_dir {tmp_path / 'run'} --quiet"
    with pytest.raises(InputError, match="make_viseme_clips"):
        train.main(command.split())


def test_an_encoder_learns_to_do_with_less_of_the_future(tmp_path, fitted):
    options = f"--branch speech_encoder --data {fitted / 'cache'} --run_dir {tmp_path} --steps 6 --lr 3e-4"
    with pytest.raises(InputError, match="--init"):
        train.main(options.split())
    torch.manual_seed(0)
    form = {"ahead": (1, 1), "past": 30, "whole_ahead": (9, 9)}
    begun = SpeechEncoder(**form)
    save_network(tmp_path / "begun.safetensors", begun, form)
    train.main(
        [*options.split(), "--init", str(tmp_path / "begun.safetensors"), "--batch_size", "2", "--quiet"]
    )
    taught = build(tmp_path / "speech_encoder.safetensors", SpeechEncoder)
    assert (taught.ahead, taught.whole_ahead) == ((1, 1), (9, 9))
    assert torch.allclose(taught.conv2.weight, begun.conv2.weight, atol=1e-3)
    assert not torch.allclose(taught.layers[0].widen.weight, begun.layers[0].widen.weight, atol=1e-4)


def test_the_upper_layers_learn_what_a_content_branch_reads_of_them(tmp_path, fitted):
    torch.manual_seed(0)
    form = {"ahead": (1, 1), "past": 30, "whole_ahead": (9, 9)}
    begun = SpeechEncoder(**form)
    save_network(tmp_path / "begun.safetensors", begun, form, packed="layers.")
    begun = build(tmp_path / "begun.safetensors", SpeechEncoder)
    options = (
        f"--branch speech_encoder --data {fitted / 'cache'} --viseme_data {fitted / 'visemes'} --steps 8 "
        f"--lr 1e-3 --batch_size 2 --average 0.5 --init {tmp_path / 'begun.safetensors'} --quiet"
    )
    with pytest.raises(InputError, match="does not hear moonshine"):
        train.main(
            [*options.split(), "--run_dir", str(tmp_path), "--mouths", str(fitted / "mel.safetensors")]
        )
    mouths = fitted / "run" / "content_branch.safetensors"
    train.main([*options.split(), "--run_dir", str(tmp_path), "--mouths", str(mouths)])
    taught = build(tmp_path / "speech_encoder.safetensors", SpeechEncoder)
    clip = [talking_clip("a")]
    losses = [MouthTask(clip, [], clip, one, build(mouths)).validate()["loss"] for one in (begun, taught)]
    assert losses[1] < 0.98 * losses[0]
    assert torch.allclose(taught.layers[0].widen.weight, begun.layers[0].widen.weight, atol=1e-3)


def test_the_front_end_is_chosen_by_name(fitted):
    assert SpeechToLandmarks(device="cpu", front_end="mel").describe().count("content_branch_mel") == 1
    with pytest.raises(InputError, match="unknown --front_end 'whale'"):
        SpeechToLandmarks(device="cpu", front_end="whale")
    with pytest.raises(InputError, match="choose --front_end mel"):
        SpeechToLandmarks(device="cpu", front_end="moonshine", load_content=fitted / "mel.safetensors")
