import json

import numpy as np
import pytest
import torch
from speech_data import voice, write_weights

from module1_audio2lmk import SpeechToLandmarks
from module1_audio2lmk.foundation.checkpoints import save_network
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.geometry import load_standard_face, mouth_opening
from module1_audio2lmk.motion.blinks import blink_rate
from module1_audio2lmk.networks.autovc import AutoVC
from module1_audio2lmk.networks.content_branch import ContentBranch
from module1_audio2lmk.networks.speaker_branch import SpeakerBranch
from module1_audio2lmk.networks.speaker_encoder import SpeakerEncoder


@pytest.fixture(scope="module")
def face():
    points = load_standard_face() * 170 + [256, 210, 0]
    return AlignedFace(np.full((512, 512, 3), 255, np.uint8), points.astype(np.float32), "standard")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_weights(tmp_path_factory.mktemp("weights"))


def speech_of(weights, **options):
    return SpeechToLandmarks(weights, "cpu", **options)


@pytest.mark.parametrize(
    ("samples", "fps"), [(16000, 25), (15999, 30), (20321, 62.5), (5000, 12), (16639, 24)]
)
def test_the_frames_last_as_long_as_the_sound(weights, face, samples, fps):
    frames = speech_of(weights)(voice(2.0)[0][:samples], face, fps)
    assert frames.shape == (round(samples / 16000 * fps), 68, 2)
    assert frames.dtype == np.float32 and np.isfinite(frames).all()


@pytest.mark.parametrize("fps", [25, 62.5])
def test_stream_and_file_agree(weights, face, fps):
    sound, _ = voice(2.3)
    speech = speech_of(weights, seed=5)
    stream = speech.stream(face, fps)
    parts = [stream.push(sound[start : start + 320]) for start in range(0, len(sound), 320)]
    np.testing.assert_allclose(np.concatenate([*parts, stream.flush()]), speech(sound, face, fps), atol=1e-4)
    assert stream.latency <= 0.2


def test_a_stream_of_the_shipped_weights_is_the_file_heard_as_live(face):
    sound, _ = voice(2.3)
    speech = SpeechToLandmarks(device="cpu", look_ahead="live", seed=5)
    stream = speech.stream(face)
    parts = [stream.push(sound[start : start + 320]) for start in range(0, len(sound), 320)]
    np.testing.assert_allclose(np.concatenate([*parts, stream.flush()]), speech(sound, face), atol=1e-3)
    with pytest.raises(InputError, match="unknown --look_ahead 'far'"):
        SpeechToLandmarks(look_ahead="far")


def test_the_shipped_weights_hear_speech(face, voice_path):
    speech = SpeechToLandmarks(device="cpu", head_motion="none", blink="none")
    assert "own defaults" in speech.describe()
    opening = mouth_opening(speech(voice_path, face, 25))
    assert opening.max() > 0.04 and np.quantile(opening, 0.9) > 3 * np.quantile(opening, 0.05)


def test_the_shipped_speaker_branch_moves_heads_sanely(face, voice_path):
    speech = SpeechToLandmarks(device="cpu", head_motion="speaker_branch", blink="none", amp_lip_y=0)
    assert "speaker branch own defaults" in speech.describe()
    assert "speaker encoder own defaults" in speech.describe()
    frames = speech(voice_path, face, 25)
    eyes = frames[:, 45] - frames[:, 36]
    roll = np.degrees(np.arctan2(eyes[:, 1], eyes[:, 0]))
    assert 0.5 < np.ptp(roll) < 12 and np.abs(np.diff(roll)).max() < 1.5


def test_seeds_and_amplitudes(weights, face):
    sound, _ = voice(3.0)
    still = speech_of(weights, head_motion="none", blink="none")(sound, face)
    np.testing.assert_array_equal(still[:, :4], np.repeat(still[:1, :4], len(still), axis=0))
    one, same = (speech_of(weights, seed=1)(sound, face) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(speech_of(weights, seed=2)(sound, face) - one).max() > 0.5
    calm = speech_of(weights, seed=1, amp_pos=0.1, blink="none")(sound, face)
    wild = speech_of(weights, seed=1, amp_pos=1.0, blink="none")(sound, face)
    assert np.ptp(wild[:, 30], axis=0).max() > 5 * np.ptp(calm[:, 30], axis=0).max()
    mute = speech_of(weights, amp_lip_x=0, amp_lip_y=0, head_motion="none", blink="none")(sound, face)
    assert mouth_opening(mute).max() < 1e-6


def test_poses_from_a_file(weights, face, tmp_path):
    poses = tmp_path / "poses.csv"
    poses.write_text("yaw\n" + "5\n" * 60)
    speech = speech_of(weights, head_motion=str(poses), blink="none")
    straight = speech_of(weights, head_motion="none", blink="none")
    sound, _ = voice(1.0)
    assert (speech(sound, face)[:, 30, 0] - straight(sound, face)[:, 30, 0] > 5).all()
    assert "poses.csv" in speech.describe()


def test_silence_is_told_of(weights, face, capsys):
    speech_of(weights)(np.zeros(16000, np.float32), face)
    assert "silent" in capsys.readouterr().err


def test_useless_input(weights, face, tmp_path):
    sound, _ = voice(1.0)
    sound[100] = np.nan
    with pytest.raises(InputError, match="not numbers"):
        speech_of(weights)(sound, face)
    with pytest.raises(InputError, match="fps"):
        speech_of(weights)(voice(1.0)[0], face, 100)
    for options in ({"amp_pos": -1}, {"blink": "often"}, {"blink": 99}, {"head_motion": "wild"}):
        with pytest.raises(InputError):
            speech_of(weights, **options)
    with pytest.raises(InputError, match="speaker branch"):
        speech_of(weights, head_motion="speaker_branch", load_speaker=_content_file(weights))


def _content_file(weights):
    path = weights / "published_speaker.pth"
    torch.save({"G": SpeakerBranch(with_decoder=True).state_dict()}, path)
    return path


def test_blink_rate():
    assert blink_rate("none") == 0 and blink_rate("12") == 12 and blink_rate("natural") > 5


def _own_speaker(folder, **changes):
    torch.manual_seed(0)
    arguments = {"hidden": 8, "layers": 1, "code_hidden": [8, 8], "code_size": 4, "d_model": 8, "d_ff": 8}
    arguments |= {"z_size": 4, "out_hidden": [8, 8], "with_decoder": False, "causal": True} | changes
    network = SpeakerBranch(**arguments)
    network.out[-1].weight.data *= 3
    path = folder / "own_speaker.safetensors"
    save_network(path, network, arguments, {"gain": "2"})
    return path


def test_own_speaker_branch_moves_the_head_of_files_and_streams(weights, face, tmp_path):
    path = _own_speaker(tmp_path)
    speech = speech_of(weights, head_motion="speaker_branch", load_speaker=path, blink="none")
    assert "speaker branch" in speech.describe()
    sound, _ = voice(3.0)
    frames = speech(sound, face)
    stream = speech.stream(face)
    parts = [stream.push(sound[start : start + 700]) for start in range(0, len(sound), 700)]
    np.testing.assert_allclose(np.concatenate([*parts, stream.flush()]), frames, atol=1e-3)
    assert np.ptp(frames[:, 30], axis=0).max() > 0.5


def test_a_speaker_branch_that_cannot_follow_is_refused(weights, tmp_path):
    path = _own_speaker(tmp_path, causal=False)
    with pytest.raises(InputError, match="cannot follow a stream"):
        speech_of(weights, head_motion="speaker_branch", load_speaker=path)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A folder of published files (random weights, one seed)."""
    folder = tmp_path_factory.mktemp("published")
    torch.manual_seed(0)
    torch.save({"model": AutoVC().state_dict()}, folder / "ckpt_autovc.pth")
    torch.save({"model_g_face_id": ContentBranch().state_dict()}, folder / "ckpt_content_branch.pth")
    torch.save({"G": SpeakerBranch().state_dict()}, folder / "ckpt_speaker_branch.pth")
    np.savetxt(folder / "obama_emb.txt", np.full(256, 1 / 16))
    own = {"hidden": 8, "layers": 1, "floor": 1e-4}  # a speaker encoder that these networks do not know
    save_network(folder / "default" / "speaker_encoder.safetensors", SpeakerEncoder(**own), own)
    return folder


def test_published_checkpoints_are_used_without_a_flag(published, face, capsys):
    speech = SpeechToLandmarks(published, "cpu", blink="none")
    assert speech.head_motion == "speaker_branch"
    assert speech.describe().count("published") >= 3
    assert "speaker encoder not found" in capsys.readouterr().err
    sound, _ = voice(1.5)
    frames = speech(sound, face, 25)
    assert frames.shape == (38, 68, 2) and np.isfinite(frames).all()
    still = SpeechToLandmarks(published, "cpu", blink="none", head_motion="none")(sound, face, 25)
    assert np.abs(frames - still).max() > 0
    with pytest.raises(InputError, match="whole speech"):
        speech.stream(face)


def test_published_networks_hear_voices_by_the_shipped_speaker_encoder(published, tmp_path):
    for file in published.glob("*.*"):
        (tmp_path / file.name).symlink_to(file)
    assert "speaker encoder own defaults" in SpeechToLandmarks(tmp_path, "cpu").describe()


def test_long_segments_have_no_seam(published):
    from module1_audio2lmk.foundation.checkpoints import build, find
    from module1_audio2lmk.motion.speaker import frame_windows
    from module1_audio2lmk.published.speech import segments, speaker_displacement

    network = build(find("speaker_branch", published), SpeakerBranch)
    random = np.random.default_rng(0)
    features = np.cumsum(random.normal(0, 0.05, (1100, 80)), axis=0).astype(np.float32)
    neutral = np.full(256, 1 / 16, np.float32)
    windows = torch.from_numpy(frame_windows(features).copy())

    def segment(start, stop):
        """What the network says of one segment alone."""
        with torch.no_grad():
            return network(windows[None, start:stop], 3 * torch.from_numpy(neutral)[None])[0][0].numpy()

    moved = speaker_displacement(network, features, neutral)
    steps = np.abs(np.diff(moved, axis=0)).max(axis=1)
    usual = np.quantile(steps[:440], 0.99)
    assert steps[440:].max() < 1.5 * usual
    cut = np.abs(segment(512, 1024)[0] - segment(0, 512)[-1]).max()
    assert cut > 2 * usual  # the published program jumps there
    assert segments(512) == [(0, 512)] and segments(1100)[-1] == (588, 1100)
    np.testing.assert_allclose(moved[512:588], segment(448, 960)[64:140], atol=1e-5)
    short = speaker_displacement(network, features[:512], neutral)
    with torch.no_grad():
        held = torch.from_numpy(frame_windows(features[:512]).copy())[None]
        whole = network(held, 3 * torch.from_numpy(neutral)[None])[0][0].numpy()
    np.testing.assert_allclose(short, whole, atol=1e-5)  # up to 512 frames are one segment, as published


def test_a_damaged_checkpoint_is_named(weights, tmp_path):
    path = tmp_path / "content_branch.safetensors"
    path.write_bytes((weights / "default" / "content_branch.safetensors").read_bytes()[:-100])
    with pytest.raises(InputError, match=r"content_branch\.safetensors"):
        speech_of(weights, load_content=path)
    wrong = tmp_path / "wrong.safetensors"
    save_network(wrong, torch.nn.Linear(2, 2), json.loads("{}"), {})
    with pytest.raises(InputError, match=r"wrong\.safetensors"):
        speech_of(weights, load_content=wrong)


def test_streams_compute_on_one_thread_and_give_the_others_back(weights, face, monkeypatch):
    stream, used = speech_of(weights).stream(face), []
    answer = stream._content._answer

    def watched(*heard, last):
        used.append(torch.get_num_threads())
        return answer(*heard, last=last)

    monkeypatch.setattr(stream._content, "_answer", watched)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        stream.push(voice(0.5)[0])
        stream.flush()
        assert set(used) == {1} and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
