import torch
from reference_tools import fill_weights
from torch import nn
from torch.nn import functional as F

from module1_audio2lmk.networks.speaker_encoder import SpeakerEncoder, embed_utterance


def test_names_and_shapes_are_the_published():
    shapes = {name: list(value.shape) for name, value in SpeakerEncoder().state_dict().items()}
    expected = {"similarity_weight": [1], "similarity_bias": [1]}
    expected |= {"linear.weight": [256, 256], "linear.bias": [256]}
    for layer in range(3):
        expected |= {
            f"lstm.weight_ih_l{layer}": [1024, 40 if layer == 0 else 256],
            f"lstm.weight_hh_l{layer}": [1024, 256],
            f"lstm.bias_ih_l{layer}": [1024],
            f"lstm.bias_hh_l{layer}": [1024],
        }
    assert shapes == expected


@torch.no_grad()
def test_embedding_by_its_formula():
    encoder = fill_weights(SpeakerEncoder())
    mel = torch.rand(2, 30, 40)
    lstm = nn.LSTM(40, 256, 3, batch_first=True)
    lstm.load_state_dict({k.removeprefix("lstm."): v for k, v in encoder.state_dict().items() if "lstm" in k})
    last = lstm(mel)[0][:, -1]
    raw = (last @ encoder.linear.weight.T + encoder.linear.bias).clamp(min=0)
    expected = raw / raw.norm(dim=1, keepdim=True)
    assert torch.allclose(encoder(mel), expected, atol=1e-6)
    assert (encoder(mel) >= 0).all()


def test_utterance_is_the_normalised_mean_of_its_partials():
    encoder = fill_weights(SpeakerEncoder())
    partials = torch.rand(5, 20, 40)
    embedding = embed_utterance(encoder, partials, batch_size=2)
    with torch.no_grad():
        expected = F.normalize(encoder(partials).mean(dim=0), dim=0)
    assert embedding.shape == (256,)
    assert torch.allclose(embedding, expected, atol=1e-6)
    assert abs(embedding.norm().item() - 1) < 1e-6


@torch.no_grad()
def test_with_a_floor_the_level_makes_no_difference():
    torch.manual_seed(0)
    encoder = SpeakerEncoder(hidden=8, layers=1, floor=1e-4)
    mel = torch.rand(2, 30, 40)
    assert torch.allclose(encoder(mel), encoder(mel * 1e-3), atol=1e-5)
    assert not torch.allclose(encoder(mel), encoder(mel**3), atol=1e-3)
    assert torch.isfinite(encoder(torch.zeros(1, 30, 40))).all()
