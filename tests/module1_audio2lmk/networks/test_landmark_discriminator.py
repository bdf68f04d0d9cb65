import pytest
import torch

from module1_audio2lmk.networks.landmark_discriminator import LandmarkDiscriminator
from module1_audio2lmk.training.losses import discriminator_loss


def small(code_size):
    torch.manual_seed(0)
    return LandmarkDiscriminator(
        code_size=code_size, d_model=16, layers=1, d_ff=32, dropout=0.0, out_hidden=(32, 16)
    )


def test_published_size_and_score_shape():
    assert LandmarkDiscriminator(code_size=128)(torch.randn(2, 64, 204), torch.randn(2, 128)).shape == (2, 1)
    assert small(0)(torch.randn(3, 5, 204)).shape == (3, 1)


def test_a_code_is_needed_exactly_where_the_network_has_one():
    with pytest.raises(ValueError, match="speaker code"):
        small(8)(torch.zeros(1, 5, 204))
    with pytest.raises(ValueError, match="speaker code"):
        small(0)(torch.zeros(1, 5, 204), torch.zeros(1, 8))


def test_learns_whether_sequence_and_code_match():
    network = small(4)
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    codes = 3 * torch.eye(2, 4)
    faces = torch.stack([torch.full((6, 204), 0.3), torch.full((6, 204), -0.3)])
    for _ in range(150):
        loss = discriminator_loss(network(faces, codes), network(faces, codes.flip(0)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (network(faces, codes) > 0.7).all() and (network(faces, codes.flip(0)) < 0.3).all()


def test_order_of_the_frames_matters():
    network = small(0).eval()
    ramp = torch.linspace(-1, 1, 20)[None, :, None].expand(1, 20, 204)
    shuffled = ramp[:, torch.randperm(20, generator=torch.Generator().manual_seed(1))]
    assert (network(ramp) - network(shuffled)).abs() > 1e-4
