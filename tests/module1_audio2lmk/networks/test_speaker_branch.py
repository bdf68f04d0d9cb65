import pytest
import torch
from reference_tools import assert_matches, assert_published_names, fill_weights, load_reference

from module1_audio2lmk.networks.speaker_branch import EMBEDDING_SCALE, SpeakerBranch


@pytest.fixture(scope="module")
def reference():
    return load_reference("speaker_branch")


@pytest.fixture(scope="module")
def network():
    return fill_weights(SpeakerBranch())


def test_names_are_the_published():
    assert_published_names(SpeakerBranch(), "speaker_branch")


@torch.no_grad()
def test_output_equals_the_published(network, reference):
    embedding = EMBEDDING_SCALE * reference["speaker_embedding"][None]
    displacement, code = network(reference["audio_windows"][None], embedding, torch.zeros(1, 40, 128))
    assert displacement.shape == (1, 40, 204) and code.shape == (1, 128)
    assert_matches(displacement[0, ::4, ::3], reference["displacement"])
    assert_matches(code[0], reference["speaker_code"])


@torch.no_grad()
def test_segments_of_a_batch_are_independent_and_z_defaults_to_zeros(network):
    windows, embedding = torch.randn(3, 7, 18, 80), torch.randn(3, 256)
    together, codes = network(windows, embedding)
    alone, code = network(windows[1:2], embedding[1:2], torch.zeros(1, 7, 128))
    assert torch.allclose(together[1:2], alone, atol=1e-5) and torch.allclose(codes[1:2], code, atol=1e-6)
    assert not torch.allclose(network(windows, embedding, torch.randn(3, 7, 128))[0], together, atol=1e-2)


def test_longer_segments_than_positions_are_refused():
    network = SpeakerBranch(hidden=8, layers=1, d_model=8, d_ff=16, max_length=10, with_decoder=False)
    assert network(torch.zeros(1, 10, 2, 80), torch.zeros(1, 256))[0].shape == (1, 10, 204)
    with pytest.raises(ValueError, match="longer than 10"):
        network(torch.zeros(1, 11, 2, 80), torch.zeros(1, 256))


def test_training_adds_noise_to_the_code_and_reaches_every_parameter():
    network = SpeakerBranch(hidden=8, layers=2, d_model=8, d_ff=16, dropout=0.0, with_decoder=False)
    windows, embedding = torch.randn(2, 5, 4, 80), torch.randn(2, 256)
    displacement, noisy = network(windows, embedding)
    displacement.square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    _, clean = network.eval()(windows, embedding)
    assert 0 < (noisy - clean).abs().max() < 0.1


def test_without_decoder_the_rest_keeps_its_names():
    names = set(SpeakerBranch(with_decoder=False).state_dict())
    assert names == {name for name in SpeakerBranch().state_dict() if not name.startswith("decoder.")}


@torch.no_grad()
def test_a_causal_network_does_not_hear_what_comes_later():
    torch.manual_seed(0)
    sizes = {"hidden": 8, "layers": 1, "d_model": 8, "d_ff": 16, "with_decoder": False}
    windows, voice = torch.randn(1, 6, 4, 80), torch.randn(1, 256)
    for causal in (True, False):
        network = SpeakerBranch(**sizes, causal=causal).eval()
        start, whole = network(windows[:, :4], voice)[0], network(windows, voice)[0]
        assert torch.allclose(start, whole[:, :4], atol=1e-6) == causal
