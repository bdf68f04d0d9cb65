import pytest
import torch

from module1_audio2lmk.networks.streaming_content_branch import (
    REST_FRAMES,
    StreamingContentBranch,
    at_rest,
    touching,
)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return StreamingContentBranch(in_size=5, channels=8, shape_size=3, members=2).eval()


def test_an_output_sees_what_it_says(network):
    features = torch.randn(1, 160, 5)
    middle = 90
    before = torch.cat([part[0, middle].flatten() for part in network(features)])
    behind = 2 + (1 + 2 + 4) + 2 * (8 + 16)  # of the convolutions, see the arguments' defaults
    for offset in range(-behind - 2, network.look_ahead + 3):
        changed = features.clone()
        changed[0, middle + offset] += 1
        after = torch.cat([part[0, middle].flatten() for part in network(changed)])
        seen = not torch.equal(after, before)
        assert seen == (-behind <= offset <= network.look_ahead)


def test_members_are_averaged(network):
    features = torch.randn(2, 30, 5)
    each = network.each(features)
    assert each.shape == (2, 2, 30, 3)
    shape, closure = network(features)
    torch.testing.assert_close(shape, each.mean(dim=0))
    assert closure.shape == (2, 30) and ((closure > 0) & (closure < 1)).all()
    assert not torch.allclose(each[0], each[1])


def test_displacement_is_linear_in_the_shape(network):
    network.basis.copy_(torch.randn_like(network.basis))
    shape = torch.randn(4, 7, 3)
    assert network.displacement(shape).shape == (4, 7, 204)
    torch.testing.assert_close(network.displacement(2 * shape), 2 * network.displacement(shape))
    assert not network.displacement(torch.zeros(3)).any()


def test_the_default_look_ahead_keeps_a_stream_within_200_ms():
    network = StreamingContentBranch()
    assert network.look_ahead * 16 + 32 + 16 <= 200


def test_lips_touch_for_either_reason():
    network = StreamingContentBranch(in_size=5, channels=8, shape_size=3, closure_size=2).eval()
    features = torch.randn(2, 30, 5)
    logits = network.closures_of(network.hidden(features, [network.closure]))
    assert logits.shape == (2, 2, 30) and not torch.allclose(logits[:, 0], logits[:, 1])
    torch.testing.assert_close(network(features)[1], touching(logits, at_rest(logits))[0])


def test_rest_has_to_last():
    logits = torch.full((1, 2, 4 * REST_FRAMES), -9.0)
    logits[0, 1, : REST_FRAMES // 2] = 9  # nobody has spoken yet
    logits[0, 1, REST_FRAMES : 3 * REST_FRAMES] = 9
    logits[0, 0, -1] = 9
    found = (touching(logits, at_rest(logits))[0][0] > 0.5).nonzero()[:, 0].tolist()
    lasting = range(2 * REST_FRAMES - 1, 3 * REST_FRAMES)
    assert found == [*range(REST_FRAMES // 2), *lasting, 4 * REST_FRAMES - 1]


@pytest.mark.parametrize("closure_size", [1, 2])
@pytest.mark.parametrize("sizes", [[1] * 60, [3, 40, 17], [60]])
def test_pieces_give_what_the_whole_sequence_gives(closure_size, sizes):
    form = {"channels": 8, "shape_size": 3, "members": 2, "closure_size": closure_size}
    network = StreamingContentBranch(in_size=5, **form).eval()
    features = torch.randn(1, 60, 5)
    entries, whole = network.entries(), network(features)
    padded = torch.nn.functional.pad(features, (0, 0, 0, network.look_ahead), value=3)
    with torch.no_grad():
        for entry, wanted in zip((network.advance_shapes, network.advance_closures), whole, strict=True):
            memory, first, parts = torch.zeros_like(entries[entry.__name__][0][3]), 0, []
            for size in [*sizes, network.look_ahead]:
                end = 60 if first >= 60 else 1000
                piece = padded[:, first : first + size]
                part, memory = entry(piece, torch.tensor([first]), torch.tensor([end]), memory)
                parts.append(part)
                first += size
            torch.testing.assert_close(torch.cat(parts, dim=1)[:, network.look_ahead :], wanted)
