"""Exported weights are those of the training run, with their recipe."""

import json

import pytest
import torch

from module1_audio2lmk.foundation.checkpoints import KNOWN, Found, arguments_of, build_found, load_state
from module1_audio2lmk.foundation.errors import InputError
from module2_drawing import PortraitAnimator
from module2_drawing.networks import MobileFaceNet, SphereFace20, define_G
from module2_drawing.rendering.settings import InferenceSettings
from scripts import export_weights


def test_weights_and_recipe_arrive(tmp_path):
    state = define_G("warp", 4, 1, 8, seed=1).state_dict()
    torch.save(state, tmp_path / "latest_net_G_A.pth")
    output = tmp_path / "default" / "generator_drawing.safetensors"
    flags = ["--matte_margin", "4", "--soft_edge", "1.5", "--vacated", "filled", "--completed", "--half"]
    flags += ["--crispness", "0.5"]
    export_weights.main([str(tmp_path / "latest_net_G_A.pth"), str(output), *flags])
    again = load_state(output)
    assert all(torch.allclose(again[name], value, atol=1e-3) for name, value in state.items())
    assert InferenceSettings.of(output) == InferenceSettings(4, 1.5, "filled", True, True, 0.5)
    assert output.stat().st_size < 0.6 * (tmp_path / "latest_net_G_A.pth").stat().st_size
    assert "own default weights" in PortraitAnimator("drawing", tmp_path, "cpu").descriptions[0]


def test_what_is_not_given_is_as_in_the_training_run(tmp_path):
    torch.save(define_G("warp", 4, 1, 6, seed=1).state_dict(), tmp_path / "latest_net_G_A.pth")
    trained = {"matte_margin": 3, "soft_edge": 0.5, "vacated": "paper", "separate": 0, "lr": 0.1}
    (tmp_path / "options.json").write_text(json.dumps(trained))
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    export_weights.main([str(tmp_path / "latest_net_G_A.pth"), str(first), "--soft_edge", "2", "--completed"])
    assert InferenceSettings.of(first) == InferenceSettings(3, 2.0, "paper", completed=True, separated=False)
    export_weights.main([str(first), str(second)])
    assert InferenceSettings.of(second) == InferenceSettings.of(first)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (MobileFaceNet, {"outputs": 136, "width": 0.25}),
        (SphereFace20, {"widths": [8, 12, 16, 24], "outputs": 32}),
    ],
)
def test_helpers_of_another_width_arrive(kind, shape, tmp_path):
    network = kind(**shape)
    torch.save(network.state_dict(), tmp_path / "latest_net.pth")
    output = tmp_path / "net.safetensors"
    export_weights.main([str(tmp_path / "latest_net.pth"), str(output)])
    again = build_found(kind, Found(output, "user", KNOWN["sphereface"]))
    assert arguments_of(output) == shape and not again.training
    for name, value in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, atol=1e-3, rtol=1e-3)


def test_two_stages_are_averaged(tmp_path):
    stages = [define_G("warp", 4, 1, 8, seed=seed).state_dict() for seed in (1, 2)]
    for name, state in zip(("pairs", "gan"), stages, strict=True):
        torch.save(state, tmp_path / f"{name}.pth")
    torch.save(define_G("warp", 4, 1, 6, seed=1).state_dict(), tmp_path / "narrow.pth")
    output = tmp_path / "mean.safetensors"
    given = [str(tmp_path / "gan.pth"), str(output), "--average"]
    with pytest.raises(InputError, match=r"narrow\.pth is of another network"):
        export_weights.main([*given, str(tmp_path / "narrow.pth")])
    assert not output.exists()
    export_weights.main([*given, str(tmp_path / "pairs.pth")])
    for name, value in load_state(output).items():
        torch.testing.assert_close(value, (stages[0][name] + stages[1][name]) / 2, atol=1e-3, rtol=1e-3)


def test_other_files_are_refused(tmp_path):
    torch.save({"weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match="no warping generator"):
        export_weights.main([str(tmp_path / "other.pth"), str(tmp_path / "o.safetensors")])
    with pytest.raises(InputError, match="safetensors"):
        export_weights.main([str(tmp_path / "other.pth"), str(tmp_path / "o.pth")])
    assert [path.name for path in tmp_path.iterdir()] == ["other.pth"]
