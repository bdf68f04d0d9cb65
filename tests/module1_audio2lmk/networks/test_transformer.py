import math

import torch

from module1_audio2lmk.networks.transformer import (
    MultiHeadAttention,
    Norm,
    TransformerEncoder,
    sinusoidal_positions,
)


def test_positions_by_their_formula():
    positions = sinusoidal_positions(512, 64)
    assert positions.shape == (512, 64)
    for position in (0, 1, 17, 511):
        for column in (0, 2, 30, 62):
            sine = math.sin(position / 10000 ** (2 * column / 64))
            cosine = math.cos(position / 10000 ** (2 * (column + 1) / 64))
            assert abs(positions[position, column].item() - sine) < 1e-6
            assert abs(positions[position, column + 1].item() - cosine) < 1e-6


def test_positions_are_in_the_state_and_used():
    encoder = TransformerEncoder(3, 8, 1, 2, d_ff=16, max_length=20).eval()
    assert torch.equal(encoder.state_dict()["pe.pe"][0], sinusoidal_positions(20, 8))
    same = torch.ones(1, 5, 3)
    assert not torch.allclose(encoder(same)[0, 0], encoder(same)[0, 1])
    embedded = encoder.pe(torch.ones(1, 5, 8))
    assert torch.allclose(embedded[0], math.sqrt(8) + sinusoidal_positions(5, 8))


def test_norm_by_hand():
    norm = Norm(3)
    with torch.no_grad():
        norm.alpha.copy_(torch.tensor([1.0, 2.0, 1.0]))
        norm.bias.copy_(torch.tensor([0.0, 1.0, 0.0]))
    assert torch.allclose(norm(torch.tensor([[1.0, 5.0, 3.0]])), torch.tensor([[-1.0, 3.0, 0.0]]), atol=1e-5)


def test_attention_by_its_formula():
    torch.manual_seed(0)
    attention = MultiHeadAttention(heads=2, d_model=6, dropout=0.1).eval()
    query, memory = torch.randn(1, 4, 6), torch.randn(1, 5, 6)
    q, k, v = attention.q_linear(query)[0], attention.k_linear(memory)[0], attention.v_linear(memory)[0]
    heads = []
    for part in (slice(0, 3), slice(3, 6)):
        weights = (q[:, part] @ k[:, part].T / math.sqrt(3)).softmax(dim=1)
        heads.append(weights @ v[:, part])
    expected = attention.out(torch.cat(heads, dim=1))
    assert torch.allclose(attention(query, memory)[0], expected, atol=1e-6)
