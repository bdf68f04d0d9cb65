import numpy as np
import pytest
from speech_data import SMALL, opening_network, voice

from module1_audio2lmk.foundation.checkpoints import save_network, save_safetensors
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import inner_gap
from module1_audio2lmk.motion.content import ContentModel, load_content_stream
from module1_audio2lmk.motion.lips import close_softly, closing_share
from module1_audio2lmk.networks.pose_generator import PoseGenerator


@pytest.fixture(scope="module")
def model():
    return ContentModel(opening_network())


@pytest.mark.parametrize("size", [320, 257, 16000])
def test_chunks_make_no_difference(model, size):
    sound, _ = voice(2.0)
    stream = model.stream()
    parts = [stream.articulate(sound[start : start + size]) for start in range(0, len(sound), size)]
    mouths = np.concatenate([*parts, stream.finish()])
    assert mouths.shape == (len(sound) // 256 + 1, 5)
    moved = model.displacement(mouths[:, :4], mouths[:, 4])
    np.testing.assert_allclose(moved, model.mouths(sound), atol=1e-5)


def test_a_shape_comes_within_the_stated_latency(model):
    sound, _ = voice(2.0)
    stream = model.stream()
    received = 0
    for start in range(0, len(sound) - 320, 320):
        received += len(stream.articulate(sound[start : start + 320]))
        heard = (start + 320) / 16000
        assert (received - 1) * 0.016 >= heard - stream.latency - 0.016 - 1e-9


def test_a_shape_does_not_depend_on_later_sound(model):
    sound, _ = voice(2.0)
    changed = sound.copy()
    changed[16000:] = 0
    reach = int((16000 / 16000 - model.stream().latency) * 62.5)
    np.testing.assert_allclose(model.mouths(sound)[:reach], model.mouths(changed)[:reach], atol=1e-6)
    assert np.abs(model.mouths(sound)[80:] - model.mouths(changed)[80:]).max() > 1e-3


def test_weights_are_rebuilt_from_their_metadata(tmp_path, model):
    path = tmp_path / "content.safetensors"
    save_network(path, model.network, SMALL, {"seed": "0"})
    loaded = load_content_stream(path)
    assert loaded.metadata["seed"] == "0"
    np.testing.assert_allclose(loaded.basis, model.basis, atol=1e-3)


def test_other_weights_are_refused(tmp_path, model):
    path = tmp_path / "other.safetensors"
    save_network(path, PoseGenerator(hidden=4), {"hidden": 4}, {})
    with pytest.raises(InputError, match="holds a PoseGenerator"):
        load_content_stream(path)
    save_safetensors(path, model.network.state_dict(), {"network": "Unknown"})
    with pytest.raises(InputError, match="does not say what network"):
        load_content_stream(path)
    save_network(path, model.network, SMALL | {"channels": 16}, {})
    with pytest.raises(InputError, match="does not fit StreamingContentBranch"):
        load_content_stream(path)


def test_lips_that_touch_close_the_mouth(model):
    shapes = np.zeros((5, 4), np.float32)
    shapes[:, 0] = 2.0
    open_gap = inner_gap(model.displacement(shapes, np.zeros(5)))
    gaps = inner_gap(model.displacement(shapes, np.array([0, 0.5, 0.7, 0.9, 1])))
    np.testing.assert_allclose(gaps / open_gap, [1, 1, 0.5, 0, 0], atol=1e-6)
    np.testing.assert_allclose(closing_share(np.array([0.1, 0.7, 0.95])), [0, 0.5, 1], atol=1e-6)


def test_closing_and_gain_are_read_from_the_weights(model):
    sound, _ = voice(2.0)
    model = ContentModel(opening_network(never_closed=True))
    plain = model.opening(sound)
    louder = ContentModel(model.network, {"gain": "2"})
    np.testing.assert_allclose(louder.opening(sound), 2 * plain, atol=1e-6)
    width = float(np.abs(plain).max() / 4)
    closing = ContentModel(model.network, {"closing": str(width)})
    np.testing.assert_allclose(closing.opening(sound), close_softly(plain, width), atol=1e-6)
