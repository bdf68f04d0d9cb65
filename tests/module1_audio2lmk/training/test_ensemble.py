import numpy as np
import pytest
import torch
from speech_data import SMALL, opening_network, voice

from module1_audio2lmk.foundation.checkpoints import build, save_network
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.motion.content import load_content_stream
from module1_audio2lmk.networks.streaming_content_branch import StreamingContentBranch
from module1_audio2lmk.training.ensemble import main


def other_network(space: torch.Tensor):
    """Other members, in a face space that spans the same mouths."""
    torch.manual_seed(3)
    network = opening_network(never_closed=True)
    for parameter in network.members.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    network.basis = space @ network.basis
    return network


def test_the_mean_of_two_networks(tmp_path):
    mix = torch.tensor([[1.0, 0.5, 0, 0], [0, 2, 0, 0], [0.3, 0, 1, 0], [0, 0, 0, 1]])
    networks = [opening_network(never_closed=True), other_network(mix)]
    paths = [tmp_path / f"{index}.safetensors" for index in range(2)]
    for path, network in zip(paths, networks, strict=True):
        save_network(path, network, SMALL, {"seed": "1"})
    out = tmp_path / "joined.safetensors"
    assert main([*map(str, paths), "--out", str(out), "--gain", "2"]) == 0
    sound, _ = voice(2.0)
    apart = [load_content_stream(path).mouths(sound) for path in paths]
    joined = load_content_stream(out)
    np.testing.assert_allclose(joined.mouths(sound), sum(apart), atol=2e-3)
    assert np.abs(apart[0] - apart[1]).max() > 0.02
    assert joined.metadata["gain"] == "2.0" and len(build(out).members) == 2


def test_closures_of_another_file(tmp_path):
    shut, never = opening_network(), opening_network(never_closed=True)
    for name, network in (("shut", shut), ("never", never)):
        save_network(tmp_path / f"{name}.safetensors", network, SMALL, {})
    out = tmp_path / "out.safetensors"
    arguments = [str(tmp_path / "never.safetensors"), "--out", str(out)]
    assert main([*arguments, "--closure", str(tmp_path / "shut.safetensors")]) == 0
    sound, _ = voice(1.0)
    wanted = load_content_stream(tmp_path / "shut.safetensors").mouths(sound)
    np.testing.assert_allclose(load_content_stream(out).mouths(sound), wanted, atol=2e-3)
    without = load_content_stream(tmp_path / "never.safetensors").mouths(sound)
    assert np.abs(without - wanted).max() > 0.01
    wide = SMALL | {"closure_channels": 12}
    save_network(tmp_path / "wide.safetensors", StreamingContentBranch(**wide), wide, {})
    assert main([*arguments, "--closure", str(tmp_path / "wide.safetensors")]) == 0
    assert build(out).closure[0].out_channels == 12


def test_members_of_another_form(tmp_path):
    save_network(tmp_path / "a.safetensors", opening_network(), SMALL, {})
    wide = SMALL | {"channels": 12}
    save_network(tmp_path / "b.safetensors", StreamingContentBranch(**wide), wide, {})
    with pytest.raises(InputError, match="differ in width"):
        main([str(tmp_path / "a.safetensors"), str(tmp_path / "b.safetensors"), "--out", str(tmp_path / "c")])
