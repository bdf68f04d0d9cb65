import cv2
import numpy as np
import pytest
from cli_tools import run

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import VideoWriter
from module1_audio2lmk.training import clips, tracking
from scripts import prepare_talking_clips

FRAMES = 38


def prepare(*arguments):
    return run(prepare_talking_clips.main, *arguments)


def video(path, frames, sound):
    with VideoWriter(path, (256, 256), 25, sound) as writer:
        for frame in frames:
            writer.write(np.ascontiguousarray(frame))


@pytest.fixture(scope="module")
def videos(tmp_path_factory, photo, voice_path):
    """A head that tilts by 10 degrees, a video without a face and one without sound."""
    folder = tmp_path_factory.mktemp("videos")
    small = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)
    turned = []
    for index in range(FRAMES):
        angle = 10 * np.sin(2 * np.pi * index / FRAMES)
        matrix = cv2.getRotationMatrix2D((128, 128), angle, 1.0)
        turned.append(cv2.warpAffine(small, matrix, (256, 256), borderMode=cv2.BORDER_REPLICATE))
    video(folder / "tilting.mp4", turned, voice_path)
    video(folder / "empty.mp4", [np.full((256, 256, 3), 90, np.uint8)] * 30, voice_path)
    video(folder / "mute.mp4", turned[:30], None)
    return folder


@pytest.fixture(scope="module")
def prepared(videos, tmp_path_factory):
    out = tmp_path_factory.mktemp("cache")
    done = prepare(videos, "--out", out, "--no_sync", "--validation", "tilting")
    assert done.returncode == 0, done.stderr
    return out, done.stderr


def test_videos_that_cannot_serve_are_listed(prepared):
    out, lines = prepared
    assert [path.stem for path in clips.clip_files(out)] == ["tilting"]
    assert "empty.mp4 shows no face" in lines and "mute.mp4" in lines
    assert clips.read_split(out) == ["tilting"]


def test_a_cut_is_told(photo, voice_path, tmp_path):
    """The same person somewhere else would be taken for one that leaps."""
    first = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)
    matrix = np.array([[0.8, 0, 120], [0, 0.8, 40]])
    second = cv2.warpAffine(first, matrix, (256, 256), borderMode=cv2.BORDER_REPLICATE)
    video(tmp_path / "cut.mp4", [first] * 5 + [second] * 5, voice_path)
    with pytest.raises(InputError, match=r"jumps at 0.2[04] s"):
        tracking.track_film(tmp_path / "cut.mp4")


def test_pose_and_expression_are_apart(prepared):
    clip = clips.read_clip(prepared[0] / "tilting.npz")
    frames = len(clip.waveform) // 256 + 1
    assert clip.seconds == pytest.approx(FRAMES / 25, abs=0.02)
    assert clip.landmarks.shape == (frames, 68, 3) and clip.rotation.shape == (frames, 3)
    roll = clip.rotation[:, 2]
    assert 8 < np.abs(roll).max() < 12 and np.abs(clip.rotation[:, :2]).max() < 4
    assert np.argmax(np.abs(roll)) in range(10, 30) or np.argmax(np.abs(roll)) in range(60, 85)
    # the picture only turned: the face without its pose stays as it is
    assert clip.landmarks.std(axis=0).max() < 0.02
    assert clip.landmarks[:, 16, 0].mean() - clip.landmarks[:, 0, 0].mean() == pytest.approx(1.6, abs=0.25)
    assert (clip.confidence > 0.5).all()


def test_prepared_films_are_not_tracked_again(videos, prepared):
    out, _ = prepared
    before = (out / "tilting.npz").stat().st_mtime_ns
    assert prepare(videos, "--out", out, "--no_sync").returncode == 0
    assert (out / "tilting.npz").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("missing",), "not found"),
        (("{out}",), "no videos in"),
        (("{videos}", "--validation", "x"), "names no video"),
    ],
)
def test_useless_folders(videos, tmp_path, arguments, reason):
    named = [a.format(out=tmp_path, videos=videos) for a in arguments]
    done = prepare(*named, "--out", tmp_path / "cache")
    assert done.returncode == 2 and done.stderr.startswith("error: ") and reason in done.stderr
    assert not (tmp_path / "cache").exists()


def test_a_lost_face_is_bridged_only_for_a_moment():
    mesh = np.random.default_rng(0).normal(size=(468, 3))
    track = tracking.FaceTrack(np.repeat(mesh[None], 20, axis=0), np.ones(20, bool), 25.0)
    split = tracking.split_track(track)
    np.testing.assert_allclose(split.rotation, 0, atol=1e-6)
    moved = tracking.resample_track(split, 25.0, 40)
    assert moved.landmarks.shape == (40, 68, 3)
    assert tracking.sound_frames(16000) == 63
