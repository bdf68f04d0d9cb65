import numpy as np
import pytest
import torch
from speech_data import voice
from torch.nn import functional as F

from module1_audio2lmk.audio.front_ends import LOOK_AHEADS, front_end_named
from module1_audio2lmk.networks.speech_encoder import SpeechEncoder


@pytest.fixture(scope="module", params=LOOK_AHEADS)
def front_end(request):
    return front_end_named("moonshine", look_ahead=request.param)


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
    samples, known = voice(5.0)[0], 60000
    other = samples.copy()
    other[known:] = 0
    before, after = front_end.batch([samples, other])
    same = (known - front_end.look_ahead) // 256 + 1
    assert np.abs(before[:same] - after[:same]).max() < 1e-4
    stream = front_end.stream()
    assert len(stream.add(samples[:known])) >= same - 1


def test_features_are_standardised_and_do_not_depend_on_the_level(front_end):
    samples = voice(4.0)[0]
    near, far = front_end.batch([samples, samples * np.float32(0.03)])
    assert 0.3 < near.std() < 3
    assert np.corrcoef(near[125:].ravel(), far[125:].ravel())[0, 1] > 0.98


@pytest.mark.parametrize("whole", [False, True])
def test_frames_piece_by_piece_are_frames_at_once(whole):
    torch.manual_seed(0)
    encoder = SpeechEncoder((2, 0, 1), past=5, whole_ahead=(4, 7, 1)).eval()
    heard, spread = torch.randn(1, 288, 13 + 6 * 20), torch.rand(1, 13 + 6 * 20) + 0.5
    name, more = ("advance_whole", 12) if whole else ("advance", 3)
    memory, advance = torch.zeros(encoder.entries()[name][0][-1].shape), getattr(encoder, name)
    with torch.inference_mode():
        together = encoder(encoder.stem(encoder.normalise(heard, spread)), whole)[0]
        parts, first = [], 0
        padded, spreads = F.pad(heard, (0, 6 * more)), F.pad(spread, (0, 6 * more), value=1)
        for count in (1, 9, 2, 9 + more):
            under = slice(6 * first, 6 * (first + count - 1) + 13)
            place = torch.tensor([first]), torch.tensor([21])
            part, memory = advance(padded[:, :, under], spreads[:, under], *place, memory)
            parts.append(part)
            first += count
    assert together.shape == (21, 288)
    assert torch.allclose(torch.cat(parts)[more:], together, atol=1e-5)


def test_a_frame_hears_its_past_and_its_bounded_future_alone():
    torch.manual_seed(0)
    encoder = SpeechEncoder((2, 1), past=3).eval()
    frames = torch.randn(1, 20, 288)
    other = frames.clone()
    other[:, 10] = 0
    with torch.inference_mode():
        changed = (encoder(frames) - encoder(other)).abs().amax(dim=(0, 2)) > 1e-6
    assert changed.nonzero().flatten().tolist() == list(range(10 - 3, 10 + 2 * 3 + 1))
