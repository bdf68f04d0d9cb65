import pytest
import torch
from reference_tools import assert_matches, assert_published_names, fill_weights, load_reference
from torch.nn import functional as F

from module1_audio2lmk.networks.autovc import AutoVC, convert_voice


@pytest.fixture(scope="module")
def network():
    return fill_weights(AutoVC())


@pytest.fixture(scope="module")
def inputs():
    reference = load_reference("autovc")
    source = load_reference("speaker_branch")["speaker_embedding"][None]
    f0 = F.one_hot(reference["f0_bins"].long(), 257).float()[None]
    return reference["mel"], source, f0, reference["target_embedding"]


def small():
    torch.manual_seed(0)
    return AutoVC(neck=4, freq=8, embedding_size=6, mel_size=10, f0_size=5, channels=16, groups=4).eval()


def test_names_are_the_published(network):
    assert_published_names(network, "autovc")


@torch.no_grad()
def test_output_equals_the_published(network, inputs):
    reference = load_reference("autovc")
    decoded, sharpened, codes = network(*inputs)
    assert decoded.shape == sharpened.shape == (1, 64, 80) and codes.shape == (1, 128)
    assert_matches(decoded[:, ::8], reference["mel_out"])
    assert_matches(sharpened[:, ::8], reference["mel_out_postnet"])
    assert_matches(codes, reference["codes"])
    assert torch.allclose(network.encoder(inputs[0], inputs[1]).flatten(1), codes)


def test_frames_must_fill_whole_codes():
    with pytest.raises(ValueError, match="multiple of 8"):
        small()(torch.zeros(1, 12, 10), torch.zeros(1, 6), torch.zeros(1, 12, 5), torch.zeros(1, 6))


@torch.no_grad()
def test_conversion_pads_to_whole_steps():
    network = small()
    mel, f0 = torch.rand(22, 10), F.one_hot(torch.arange(22) % 5, 5).float()
    source, target = torch.rand(6), torch.rand(6)
    converted = convert_voice(network, mel, source, f0, target)
    padding = (0, 0, 0, 10)  # 22 frames are left, 32 are converted
    whole = network(F.pad(mel, padding)[None], source[None], F.pad(f0, padding)[None], target[None])
    assert torch.allclose(converted, whole[1][0, :22], atol=1e-6)


def test_gradients_reach_every_parameter():
    network = small().train()
    _, sharpened, codes = network(
        torch.rand(2, 16, 10), torch.rand(2, 6), torch.rand(2, 16, 5), torch.rand(2, 6)
    )
    (sharpened.mean() + codes.mean()).backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
