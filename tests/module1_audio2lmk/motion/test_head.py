import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.motion import head
from module1_audio2lmk.networks.pose_generator import PoseGenerator


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = PoseGenerator(hidden=8).eval()
    network.scale.fill_(5.0)
    network.change_scale.fill_(3.0)
    return network


def taken(motion, frames, size):
    parts = [motion.poses(np.zeros((min(size, frames - i), 68, 3))) for i in range(0, frames, size)]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def test_generated_motion_is_seeded_and_does_not_depend_on_chunks(network):
    whole = taken(head.GeneratedMotion(network, 3), 200, 200)
    pieces = taken(head.GeneratedMotion(network, 3), 200, 7)
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(one, other)
    assert np.abs(taken(head.GeneratedMotion(network, 4), 200, 200)[0] - whole[0]).max() > 0.1


def test_generated_motion_keeps_its_limits(network):
    pose, _ = taken(head.GeneratedMotion(network, 0, temperature=5.0), 3000, 500)
    assert (np.abs(pose) <= head.LIMITS + 1e-9).all()
    at_clip_rate = pose[::5, :3], pose[5::5, :3]
    steps = np.linalg.norm(at_clip_rate[1] - at_clip_rate[0][:-1], axis=1) / 2
    assert 0.5 < steps.max() <= head.MAX_STEP


def test_small_turns_keep_their_size_and_large_ones_bend():
    before = np.zeros(7)
    small = np.array([3.0, -3.0, 1.5, 0.05, 0.04, 0.02, 0.1])
    np.testing.assert_allclose(head.limited(small, small), small, rtol=0.01)
    edge = np.append(np.sign(small[:6]) * head.LIMITS, 0)
    large = head.limited(20 * small, edge)
    assert (
        (np.abs(large[:6]) > 0.9 * head.LIMITS).all()
        and (np.abs(large[:6]) <= head.LIMITS + 1e-9).all()
        and large[6] == 2.0
    )
    assert np.linalg.norm(head.limited(20 * small, before)[:3]) <= 2 * head.MAX_STEP


def test_a_motion_starts_at_rest_without_a_jump(network):
    pose, _ = taken(head.GeneratedMotion(network, 0), 100, 100)
    np.testing.assert_allclose(pose[0], 0, atol=1e-9)
    second = np.diff(pose[:, :3], n=2, axis=0)
    assert np.abs(second).max() < 0.3


def test_poses_of_a_file(tmp_path):
    path = tmp_path / "poses.csv"
    path.write_text("yaw, roll,comment\n0,0,a\n10,2,b\n")
    pose, brows = head.FileMotion(path).poses(np.zeros((6, 68, 3)))
    np.testing.assert_allclose(pose[:3, 0], [0, 4, 8])
    np.testing.assert_allclose(pose[3:, 2], 2)
    assert not pose[:, 1].any() and not brows.any()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1,2\n", "none of the columns"),
        ("yaw\n", "none of the columns"),
        ("yaw\nx\n", "no table of numbers"),
        ("yaw\n1e9\n", "cannot be drawn"),
        ("yaw\nnan\n", "cannot be drawn"),
        ("yaw,pitch\n1\n", "a row has 1 columns"),
        ("yaw;pitch\n0,5;0\n9,25;0\n", "separated by semicolons"),
    ],
)
def test_useless_pose_files(tmp_path, text, reason):
    path = tmp_path / "poses.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=reason):
        head.read_poses(path)


def test_names(network, tmp_path):
    assert isinstance(head.motion_named("none"), head.Still)
    assert isinstance(head.motion_named("generated", network), head.GeneratedMotion)
    for name in ("generated", "wobbly", str(tmp_path / "missing.csv")):
        with pytest.raises(InputError):
            head.motion_named(name)


def test_spline_weights_sum_to_one_and_join():
    for share in (0.0, 0.3, 1.0):
        assert head.spline_weights(share).sum() == pytest.approx(1)
    np.testing.assert_allclose(head.spline_weights(1.0)[1:], head.spline_weights(0.0)[:3])
