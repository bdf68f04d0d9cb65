import numpy as np
from speech_data import SMALL, opening_network, voice

from module1_audio2lmk.foundation.checkpoints import build, save_network
from module1_audio2lmk.motion.content import load_content_stream
from module1_audio2lmk.networks.streaming_content_branch import StreamingContentBranch
from module1_audio2lmk.training.finish import main


def test_a_gain(tmp_path):
    path, out = tmp_path / "content.safetensors", tmp_path / "finished.safetensors"
    save_network(path, opening_network(never_closed=True), SMALL, {"seed": "1", "touch_low": "0.3"})
    main([str(path), "--out", str(out), "--gain", "2"])
    sound, _ = voice(1.0)
    before, after = load_content_stream(path), load_content_stream(out)
    np.testing.assert_allclose(after.mouths(sound), 2 * before.mouths(sound), atol=2e-3)
    assert after.metadata["seed"] == "1" and after.touch[0] == 0.3, "what is not given stays"
    main([str(out), "--out", str(path), "--touch", "0.4", "0.8"])
    again = load_content_stream(path)
    assert (again.metadata["gain"], again.touch) == ("2.0", (0.4, 0.8))


def test_closures_of_another_file(tmp_path):
    shut, never = opening_network(), opening_network(never_closed=True)
    for name, network in (("shut", shut), ("never", never)):
        save_network(tmp_path / f"{name}.safetensors", network, SMALL, {})
    out = tmp_path / "out.safetensors"
    arguments = [str(tmp_path / "never.safetensors"), "--out", str(out)]
    main([*arguments, "--closure", str(tmp_path / "shut.safetensors")])
    sound, _ = voice(1.0)
    wanted = load_content_stream(tmp_path / "shut.safetensors").mouths(sound)
    np.testing.assert_allclose(load_content_stream(out).mouths(sound), wanted, atol=2e-3)
    without = load_content_stream(tmp_path / "never.safetensors").mouths(sound)
    assert np.abs(without - wanted).max() > 0.01
    wide = SMALL | {"closure_channels": 12}
    save_network(tmp_path / "wide.safetensors", StreamingContentBranch(**wide), wide, {})
    main([*arguments, "--closure", str(tmp_path / "wide.safetensors")])
    assert build(out).closure[0].out_channels == 12
