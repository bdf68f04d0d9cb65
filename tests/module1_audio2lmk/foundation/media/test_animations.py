"""Formats of animations: each read back with its transparency, time and mark, complete or not at all."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from module1_audio2lmk.foundation import files
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import lock_folder
from module1_audio2lmk.foundation.media import animation_writer

SIZE = (64, 48)


def frames(count: int) -> np.ndarray:
    """(count, 48, 64, 4) uint8: a red bar that moves over nothing, its colour on both sides of its edge."""
    result = np.zeros((count, SIZE[1], SIZE[0], 4), np.uint8)
    result[..., :3] = (200, 30, 30)
    for index, frame in enumerate(result):
        frame[:, index : index + 16, 3] = 255
        frame[:, index + 16, 3] = 128
    return result


def write(path: Path, drawn: np.ndarray, audio: Path | None = None) -> Path:
    with animation_writer(path, None, 25, audio, transparent=drawn.shape[-1] == 4) as writer:
        for frame in drawn:
            writer.write(frame)
    return path


def test_webm_has_alpha_sound_and_mark(tmp_path: Path, voice_path: Path) -> None:
    path = write(tmp_path / "a.webm", frames(30), voice_path)
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("vp9", "opus")
        assert video.metadata["alpha_mode"] == "1"
        assert {key.lower() for key in container.metadata} >= {"comment", "description"}
        assert float(audio.duration or container.duration / 1e6) == pytest.approx(9.74, abs=0.1)
    context = av.CodecContext.create("libvpx-vp9", "r")  # FFmpeg's own decoder leaves alpha out
    with av.open(str(path)) as container:
        packets = container.demux(container.streams.video[0])
        decoded = [f for packet in packets if packet.size for f in context.decode(packet)]
        decoded += context.decode(None)
    assert len(decoded) == 30
    last = decoded[-1].to_ndarray(format="rgba")
    assert np.abs(last[..., 3].astype(int) - frames(30)[-1][..., 3]).mean() < 4
    assert np.abs(last[24, 30:44, :3].astype(int) - (200, 30, 30)).max() < 12
    assert write(tmp_path / "b.webm", frames(30), voice_path).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animated_pictures(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", frames(30))
    with Image.open(path) as picture:
        assert picture.n_frames == 30
        assert picture.info["loop"] == 0
        mark = picture.info.get("comment") or picture.info.get("xmp")
        picture.seek(20)
        shown = np.asarray(picture.convert("RGBA")).astype(int)
        assert picture.info["duration"] == 40
    assert b"Synthetic media" in mark
    assert b"trainedAlgorithmicMedia" in mark
    wanted = frames(30)[20]
    solid = wanted[..., 3] == 255
    assert (shown[..., 3][solid] > 250).all()
    assert (shown[..., 3][wanted[..., 3] == 0] < 5).mean() > 0.99
    assert np.abs(shown[..., :3][solid] - (200, 30, 30)).mean() < 12
    opaque = write(tmp_path / f"opaque{suffix}", frames(3)[..., :3])
    with Image.open(opaque) as picture:
        assert np.asarray(picture.convert("RGBA"))[..., 3].min() == 255


@pytest.mark.parametrize("name", ["folder", "name_%03d.png"])
def test_pictures_are_exact_and_appear_when_complete(tmp_path: Path, name: str) -> None:
    path = tmp_path / "new" / name
    with pytest.raises(KeyboardInterrupt), animation_writer(path, None) as writer:
        writer.write(frames(1)[0])
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    write(path, frames(3))
    place, pattern = (path, "%05d.png") if name == "folder" else (path.parent, name)
    assert sorted(f.name for f in place.iterdir()) == [pattern % number for number in (1, 2, 3)]
    with Image.open(place / (pattern % 2)) as picture:
        assert np.array_equal(np.asarray(picture), frames(3)[1])
        assert "Synthetic media" in picture.info["Comment"]


def test_pictures_of_a_killed_run_are_cleared_and_those_of_a_running_one_stay(tmp_path: Path) -> None:
    left, running, other = (tmp_path / f".f.{number}.part" for number in (999999998, 999999997, 999999996))
    for folder in (left, running, other):
        folder.mkdir()
        (folder / "00001.png").touch()
    for folder in (left, running):
        (folder / ".lock").touch()
    files._cleared.clear()
    with lock_folder(running):
        write(tmp_path, frames(1))
    assert not left.exists() and running.exists() and other.exists()  # nobody says that the last is ours
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == ["00001.png"]


def test_pictures_of_a_longer_animation_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their name may hold a percent sign, too."""
    for count in (3, 2):
        write(tmp_path / "100%_%04d.png", frames(count))
    assert sorted(f.name for f in tmp_path.iterdir()) == [f"100%_000{number}.png" for number in (1, 2, 3)]
    assert "100%_0003.png and later pictures are older" in capsys.readouterr().err


def test_what_a_format_lacks_is_told(tmp_path: Path) -> None:
    for name, settings, message in [
        ("a.mp4", {"transparent": True}, "no transparency"),
        ("a.png", {}, "name_%05d.png"),
        ("a.avi", {}, r"\.webm"),
        ("a.gif", {"fps": 60}, "50 frames"),
    ]:
        with pytest.raises(InputError, match=message):
            animation_writer(tmp_path / name, SIZE, **settings)
