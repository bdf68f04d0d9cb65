import pytest
import torch
from reference_tools import assert_matches, assert_published_names, fill_weights, load_reference

from module1_audio2lmk.networks.content_branch import ContentBranch


@pytest.fixture(scope="module")
def inputs():
    return load_reference("speaker_branch")["audio_windows"], load_reference("content_branch")[
        "face_id"
    ].float()


def test_names_are_the_published():
    assert_published_names(ContentBranch(), "content_branch")


@torch.no_grad()
def test_output_equals_the_published(inputs):
    windows, face = inputs
    displacement = fill_weights(ContentBranch())(windows, face)
    assert displacement.shape == (40, 204)
    assert_matches(displacement[::5], load_reference("content_branch")["displacement"])


@torch.no_grad()
def test_a_face_for_each_window(inputs):
    windows, face = inputs
    network = fill_weights(ContentBranch())
    faces = torch.cat([face, 0.5 * face])
    both = network(windows[:2], faces)
    assert torch.allclose(both[0], network(windows[:1], face)[0], atol=1e-6)
    assert torch.allclose(both[1], network(windows[1:2], 0.5 * face)[0], atol=1e-6)


def test_sizes_are_parameters():
    network = ContentBranch(
        in_size=40,
        prior_hidden=32,
        prior_size=24,
        hidden=16,
        layers=1,
        fc_hidden=(20, 10),
        face_size=60,
        dropout=0.5,
    )
    displacement = network(torch.randn(3, 12, 40), torch.randn(1, 60))
    assert displacement.shape == (3, 60)
    displacement.square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
