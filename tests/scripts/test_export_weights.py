"""Exported weights are those of the training run, with their inference settings."""

import json

import pytest
import torch

from module1_audio2lmk.foundation.checkpoints import build, describe, load_state, read_metadata
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.networks.speaker_encoder import SpeakerEncoder
from module2_drawing import PortraitAnimator
from module2_drawing.networks import (
    MobileFaceNet,
    OverpaintGenerator,
    SphereFace20,
    StaticDrawingGenerator,
    define_G,
)
from module2_drawing.rendering.settings import InferenceSettings
from scripts import export_weights

NETWORK = {"netG": "warp", "input_nc": 4, "output_nc": 1, "ngf": 8, "netg_resb_div": 3, "netg_resb_disp": 3}


def write_run(folder, state, name="G_A", **options):
    """The last weights of a training run and its options; returns the path of the weights."""
    folder.mkdir(exist_ok=True)
    torch.save(state, folder / f"latest_net_{name}.pth")
    (folder / "options.json").write_text(json.dumps(options))
    return str(folder / f"latest_net_{name}.pth")


def test_weights_and_settings_arrive(tmp_path):
    state = define_G("warp", 4, 1, 8, seed=1).state_dict()
    weights = write_run(tmp_path, state, **NETWORK)
    output = tmp_path / "default" / "generator_drawing.safetensors"
    flags = ["--matte_margin", "4", "--soft_edge", "1.5", "--vacated", "filled", "--completed", "--half"]
    flags += ["--crispness", "0.5"]
    export_weights.main([weights, str(output), *flags])
    again = load_state(output)
    assert all(torch.allclose(again[name], value, atol=1e-3) for name, value in state.items())
    assert InferenceSettings.of(output) == InferenceSettings(False, 4, 1.5, "filled", True, True, 0.5)
    assert output.stat().st_size < 0.6 * (tmp_path / "latest_net_G_A.pth").stat().st_size
    assert (
        "own default weights" in PortraitAnimator("drawing", tmp_path, "cpu", quality="best").descriptions[0]
    )


def test_what_is_not_given_is_as_in_the_training_run(tmp_path):
    trained = {"matte_margin": 3, "soft_edge": 0.5, "vacated": "paper", "separate": 0, "lr": 0.1}
    weights = write_run(tmp_path, define_G("warp", 4, 1, 8, seed=1).state_dict(), **NETWORK, **trained)
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    export_weights.main([weights, str(first), "--soft_edge", "2", "--completed"])
    own = InferenceSettings(False, 3, 2.0, "paper", completed=True, separated=False)
    assert InferenceSettings.of(first) == own
    export_weights.main([str(first), str(second)])
    assert InferenceSettings.of(second) == InferenceSettings.of(first)


@pytest.mark.parametrize(
    ("kind", "name", "options", "arguments"),
    [
        (MobileFaceNet, "M", {"width": 0.25}, {"width": 0.25}),
        (
            SphereFace20,
            "S",
            {"widths": [8, 12, 16, 24], "features": 32},
            {"widths": [8, 12, 16, 24], "outputs": 32},
        ),
        (
            OverpaintGenerator,
            "G_A",
            {"netG": "overpaint", "input_nc": 4, "output_nc": 1, "ngf": 4},
            {"input_nc": 4, "output_nc": 1, "ngf": 4},
        ),
        (StaticDrawingGenerator, "G", {"output_nc": 3, "ngf": 4}, {"output_nc": 3, "ngf": 4}),
    ],
)
def test_every_network_of_a_run_arrives(kind, name, options, arguments, tmp_path):
    network = kind(**arguments)
    output = tmp_path / "net.safetensors"
    export_weights.main([write_run(tmp_path, network.state_dict(), name, **options), str(output)])
    again = build(output, kind)
    assert describe(output) == (kind.__name__, arguments) and not again.training
    for name, value in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, atol=1e-3, rtol=1e-3)


def test_published_weights_are_taken_over_with_their_source(tmp_path):
    network = SpeakerEncoder()
    published, output = tmp_path / "pretrained.pt", tmp_path / "speaker_encoder.safetensors"
    torch.save({"step": 3, "model_state": network.state_dict(), "optimizer_state": {"lr": 1.0}}, published)
    export_weights.main([str(published), str(output), "--source", "Somebody's 1.0, Apache-2.0"])
    assert describe(output) == ("SpeakerEncoder", {})
    assert read_metadata(output)["source"] == "Somebody's 1.0, Apache-2.0"
    again = build(output, SpeakerEncoder).state_dict()
    for name, value in network.state_dict().items():
        torch.testing.assert_close(again[name], value, atol=1e-3, rtol=1e-3)


def test_two_stages_are_averaged(tmp_path):
    stages = [define_G("warp", 4, 1, 8, seed=seed).state_dict() for seed in (1, 2)]
    runs = tmp_path / "pairs", tmp_path / "gan"
    pairs, gan = (write_run(run, state, **NETWORK) for run, state in zip(runs, stages, strict=True))
    narrow = write_run(tmp_path / "narrow", define_G("warp", 4, 1, 6, seed=1).state_dict())
    output = tmp_path / "mean.safetensors"
    given = [gan, str(output), "--average"]
    with pytest.raises(InputError, match=r"narrow/latest_net_G_A\.pth is of another network"):
        export_weights.main([*given, narrow])
    assert not output.exists()
    export_weights.main([*given, pairs])
    for name, value in load_state(output).items():
        torch.testing.assert_close(value, (stages[0][name] + stages[1][name]) / 2, atol=1e-3, rtol=1e-3)


def test_other_files_are_refused(tmp_path):
    torch.save({"weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match="not named as a network of a training run"):
        export_weights.main([str(tmp_path / "other.pth"), str(tmp_path / "o.safetensors")])
    with pytest.raises(InputError, match="does not fit WarpGenerator: missing"):
        weights = write_run(tmp_path / "run", {"x": torch.zeros(2)})
        export_weights.main([weights, str(tmp_path / "o.safetensors")])
    with pytest.raises(InputError, match="safetensors"):
        export_weights.main([str(tmp_path / "other.pth"), str(tmp_path / "o.pth")])
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["other.pth", "run"]
