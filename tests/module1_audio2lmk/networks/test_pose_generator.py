import pytest
import torch

from module1_audio2lmk.networks.pose_generator import PoseGenerator


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = PoseGenerator(pose_size=3, condition_size=2, hidden=6).eval()
    network.scale.copy_(torch.tensor([5.0, 4, 3]))
    network.change_scale.copy_(torch.tensor([1.0, 0.5, 0.2]))
    return network


def beginning():
    return torch.zeros(3), torch.zeros(3), torch.zeros(1, 1, 6)


def test_sampling_follows_the_distribution_that_training_fits(network):
    """Step by step without noise, each change is the mean that `forward` gives for the same past."""
    conditions = torch.randn(8, 2)
    state, poses = beginning(), [torch.zeros(3)]
    for condition in conditions:
        state = network.sample(condition, torch.zeros(3), *state)
        poses.append(state[0])
    track = torch.stack(poses)
    with torch.no_grad():
        mean, deviation = network(track[None, :-1], conditions[None])
    torch.testing.assert_close(track.diff(dim=0), mean[0] * network.change_scale)
    assert (deviation > 0).all()


def test_noise_scales_the_deviation(network):
    calm, one, two = (
        network.sample(torch.zeros(2), noise * torch.ones(3), *beginning())[0] for noise in (0, 1, 2)
    )
    torch.testing.assert_close(two - calm, 2 * (one - calm))


def test_the_future_is_not_seen(network):
    poses, conditions = torch.randn(1, 10, 3), torch.randn(1, 10, 2)
    with torch.no_grad():
        before = network(poses, conditions)[0]
        poses[0, 6] += 1
        after = network(poses, conditions)[0]
    torch.testing.assert_close(before[0, :6], after[0, :6])
    assert not torch.allclose(before[0, 6], after[0, 6])
