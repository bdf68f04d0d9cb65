import numpy as np
import pytest
import torch
from speech_data import voice

from module1_audio2lmk.audio.front_ends import front_end_named
from module1_audio2lmk.audio.moonshine import Moonshine
from module1_audio2lmk.foundation.checkpoints import build, find
from module1_audio2lmk.networks.speech_encoder import STEP, SpeechEncoder


@pytest.fixture(scope="module")
def front_end():
    return front_end_named("moonshine")


@pytest.mark.parametrize("samples", [0, 1, 255, 256, 20001])
def test_features_number_as_promised(front_end, samples):
    features = front_end.batch([voice(2.0)[0][:samples]])[0]
    assert features.shape == (samples // 256 + 1 if samples else 0, front_end.size)


def test_a_stream_hears_what_a_file_hears(front_end):
    samples = voice(2.0)[0]
    stream = front_end.stream()
    parts = [stream.add(part) for part in np.split(samples, (1, 900, 1700, 5000, 5001, 20000))]
    pieces = np.concatenate([*parts, stream.finish()])
    assert np.abs(pieces - front_end.batch([samples])[0]).max() < 1e-4


def test_a_feature_needs_no_more_than_the_promised_look_ahead(front_end):
    samples = voice(2.0)[0]
    other = samples.copy()
    other[16000:] = 0
    before, after = front_end.batch([samples, other])
    same = (16000 - front_end.look_ahead) // 256 + 1
    assert np.abs(before[:same] - after[:same]).max() < 1e-4
    stream = front_end.stream()
    assert len(stream.add(samples[:16000])) >= same - 1


def test_features_are_standardised_and_do_not_depend_on_the_level(front_end):
    samples = voice(4.0)[0]
    near, far = front_end.batch([samples, samples * np.float32(0.03)])
    assert 0.3 < near.std() < 3
    assert np.corrcoef(near[125:].ravel(), far[125:].ravel())[0, 1] > 0.98


def test_blocks_one_after_the_other_are_blocks_at_once():
    torch.manual_seed(0)
    encoder = SpeechEncoder(2, 288, block=3, past=5, again=2, ahead=1).eval()
    frames = torch.randn(7, encoder.frames, 288)
    with torch.inference_mode():
        together, _ = encoder(frames, encoder.silence(), torch.zeros(1, dtype=torch.int64))
        parts, memory, known = [], encoder.silence(), 0
        for block in frames.split([1, 3, 2, 1]):
            part, memory = encoder(block, memory, torch.tensor([known]))
            parts.append(part)
            known += len(part)
    assert together.shape == (21, 288)
    assert torch.allclose(torch.cat(parts), together, atol=1e-5)


def test_a_form_with_another_block_hears_much_the_same():
    shipped = build(find("speech_encoder"), SpeechEncoder)
    wider = SpeechEncoder(4, block=10, past=64, again=8, ahead=9).eval()
    wider.load_state_dict(shipped.state_dict())
    samples = voice(2.0)[0]
    usual, other = Moonshine(shipped).batch([samples])[0], Moonshine(wider).batch([samples])[0]
    assert np.corrcoef(usual.ravel(), other.ravel())[0, 1] > 0.8
    assert Moonshine(wider).look_ahead - Moonshine(shipped).look_ahead == 10 * STEP
