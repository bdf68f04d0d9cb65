import numpy as np
import pytest
import torch
from speech_data import voice

from module1_audio2lmk.foundation.face.geometry import PIVOT, load_standard_face
from module1_audio2lmk.foundation.face.pose import rotation_from_angles
from module1_audio2lmk.motion import head
from module1_audio2lmk.motion.speaker import SpeakerMotion, poses_of, sliding_windows, step_windows
from module1_audio2lmk.networks.speaker_branch import SpeakerBranch

SMALL = {"hidden": 8, "layers": 1, "d_model": 8, "d_ff": 8, "z_size": 4, "with_decoder": False}


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = SpeakerBranch(**SMALL, causal=True, max_length=6).eval()
    network.out[-1].weight.data *= 3
    return network


def follow(motion, sound, size):
    done, out = 0, []
    for start in range(0, len(sound), size):
        motion.hear(sound[start : start + size])
        ready = max(0, (min(start + size, len(sound)) - 512) // 256)
        out.append(motion.poses(np.zeros((ready - done, 68, 3))))
        done = ready
    motion.hear(np.zeros(0, np.float32), last=True)
    out.append(motion.poses(np.zeros((len(sound) // 256 + 1 - done, 68, 3))))
    return tuple(np.concatenate(part) for part in zip(*out, strict=True))


def test_motion_does_not_depend_on_chunks_and_keeps_its_limits(network):
    sound, _ = voice(4.0)
    whole = follow(SpeakerMotion(network, gain=3.0), sound, len(sound))
    pieces = follow(SpeakerMotion(network, gain=3.0), sound, 700)
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert whole[0].shape == (251, 6) and np.ptp(whole[0], axis=0)[:3].max() > 0.1
    wild = follow(SpeakerMotion(network, gain=1000.0), sound, 4000)[0]
    assert (np.abs(wild) <= head.LIMITS + 1e-9).all()
    assert np.linalg.norm(np.diff(wild[:, :3], axis=0), axis=1).max() <= head.MAX_STEP * 25 / 62.5


def test_a_head_does_not_drift_to_one_side(network):
    network.out[-1].bias.data[:] = torch.from_numpy(_turned(5.0)).flatten()
    pose, _ = follow(SpeakerMotion(network), voice(40.0)[0], 16000)
    assert np.abs(pose[:250, 0]).max() > 1.0
    assert np.abs(pose[-250:, 0].mean()) < 0.3


def test_what_cannot_follow_a_stream_is_refused():
    with pytest.raises(ValueError, match="causal"):
        SpeakerMotion(SpeakerBranch(**SMALL))


def _turned(degrees):
    face = load_standard_face()
    rotation = rotation_from_angles(np.array([[degrees, 0, 0]]))[0]
    return ((face - PIVOT) @ rotation.T + PIVOT - face).astype(np.float32)


def test_poses_of_a_turned_face():
    poses = poses_of(np.stack([_turned(0.0), _turned(7.0)]).reshape(2, -1))
    np.testing.assert_allclose(poses[0], 0, atol=1e-6)
    np.testing.assert_allclose(poses[1], [7, 0, 0, 0, 0, 0, 0], atol=1e-4)


def test_windows_end_with_their_steps():
    windows = step_windows(np.arange(23.0)[:, None])
    assert windows.shape == (4, 18, 1)
    assert windows[0, :, 0].tolist() == [0.0] * 14 + [1, 2, 3, 4]
    assert windows[3, -1, 0] == 19


def test_sliding_windows():
    features = np.arange(40.0).reshape(20, 2)
    windows = sliding_windows(features)
    assert windows.shape == (3, 18, 2)
    assert np.array_equal(windows[2], features[2:20])
    assert sliding_windows(features[:17]).shape == (0, 18, 2)
    assert sliding_windows(features, 5).shape == (16, 5, 2)
