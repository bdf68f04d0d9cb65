"""The video writer: what browsers play, sound in step, nothing left behind, the same bytes each time."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import VideoWriter, first_frame, iter_frames, probe, read_audio

SIZE = (64, 48)


def frames(count: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(count, H, W, 3) uint8: a dark bar on white that moves to the right."""
    result = np.full((count, size[1], size[0], 3), 255, np.uint8)
    for index, frame in enumerate(result):
        frame[:, index % size[0] : index % size[0] + 8] = (200, 30, 30)
    return result


def write(
    path: Path, count: int, fps: Fraction | float = 25, audio: Path | None = None, synthetic: bool = True
) -> Path:
    with VideoWriter(path, SIZE, fps, audio, synthetic=synthetic) as writer:
        for frame in frames(count):
            writer.write(frame)
    return path


def noise(path: Path, seconds: float, rate: int, channels: int = 1) -> Path:
    sound = 0.1 * np.random.default_rng(0).normal(size=(round(seconds * rate), channels))
    soundfile.write(path, sound, rate)
    return path


def test_streams_are_those_that_browsers_play(tmp_path: Path, voice_path: Path) -> None:
    path = write(tmp_path / "a.mp4", 243, 25, voice_path)
    with av.open(str(path)) as container:
        assert "mp4" in container.format.name
        (video,), (audio,) = container.streams.video, container.streams.audio
        assert video.codec_context.codec_tag == "avc1"
        assert audio.codec_context.codec_tag == "mp4a"
        assert video.codec_context.pix_fmt == "yuv420p"
        assert audio.codec_context.profile == "LC"
        assert video.average_rate == 25
        assert video.frames == 243
        assert (video.start_time, audio.start_time) == (0, 0)
        assert float(video.duration * video.time_base) == pytest.approx(243 / 25, abs=1e-6)
        assert float(audio.duration * audio.time_base) == pytest.approx(9.735, abs=1e-3)


@pytest.mark.parametrize("fps", [12, 25, 62.5, Fraction(125, 2), Fraction(30000, 1001), 29.97])
def test_frame_rates(tmp_path: Path, fps: Fraction | float) -> None:
    info = probe(write(tmp_path / "a.mp4", 50, fps))
    assert info.frames == 50
    assert float(info.fps or 0) == pytest.approx(float(fps), rel=1e-5)
    assert info.duration == pytest.approx(50 / float(fps), abs=0.002)


def test_frames_come_back(tmp_path: Path) -> None:
    read = np.stack(list(iter_frames(write(tmp_path / "a.mp4", 40))))
    assert read.shape == (40, SIZE[1], SIZE[0], 3)
    assert np.abs(read.astype(int) - frames(40)).mean() < 4
    assert (read[:, :, 50:] >= 250).all()
    assert np.array_equal(first_frame(tmp_path / "a.mp4"), read[0])


@pytest.mark.parametrize(
    ("rate", "channels", "written_rate"),
    [
        (8000, 1, 48000),
        (22050, 1, 22050),
        (44100, 2, 44100),
        (48000, 6, 48000),
        (37800, 2, 48000),
        (192000, 1, 48000),
    ],
)
def test_sound_keeps_rate_layout_and_length(
    tmp_path: Path, rate: int, channels: int, written_rate: int
) -> None:
    sound = noise(tmp_path / "a.wav", 2.013, rate, channels)
    path = write(tmp_path / "a.mp4", 50, 25, sound)
    info = probe(path)
    assert (info.audio_rate, info.audio_channels) == (written_rate, channels)
    assert len(read_audio(path)) / 16000 == pytest.approx(2.013, abs=0.03 if channels > 2 else 0.001)


def test_sound_is_in_step(tmp_path: Path) -> None:
    """A click at 1 s stays at 1 s."""
    sound = np.zeros(32000)
    sound[16000:16020] = 0.9
    soundfile.write(tmp_path / "a.wav", sound, 16000)
    read = read_audio(write(tmp_path / "a.mp4", 50, 25, tmp_path / "a.wav"))
    assert abs(int(np.abs(read).argmax()) - 16010) < 32


def test_sound_is_not_cut_with_the_picture(tmp_path: Path, voice_path: Path) -> None:
    path = write(tmp_path / "a.mp4", 10, 25, voice_path)
    assert len(read_audio(path)) == len(read_audio(voice_path))
    assert probe(path).frames == 10


def test_streams_are_interleaved(tmp_path: Path, voice_path: Path) -> None:
    """In file order, picture and sound of the same time lie together."""
    path = write(tmp_path / "a.mp4", 243, 25, voice_path)
    with av.open(str(path)) as container:
        packets = [
            (p.pos or 0, p.stream.type, float(p.dts * p.time_base))
            for p in container.demux()
            if p.dts is not None
        ]
    now = {"video": 0.0, "audio": 0.0}
    for _, kind, seconds in sorted(packets):
        now[kind] = seconds
        assert abs(now["video"] - now["audio"]) < 2.5


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, voice_path: Path) -> None:
    first, second = (write(tmp_path / name, 30, 25, voice_path).read_bytes() for name in ("a.mp4", "b.mp4"))
    assert first == second


def test_drawings_are_marked_as_synthetic(tmp_path: Path, voice_path: Path) -> None:
    def metadata(path: Path) -> dict[str, str]:
        with av.open(str(path)) as container:
            return container.metadata

    marked = metadata(write(tmp_path / "drawing.mp4", 2, 25, voice_path))
    assert marked["comment"].startswith("Synthetic media")
    assert marked["description"].endswith("trainedAlgorithmicMedia")
    recorded = metadata(write(tmp_path / "recorded.mp4", 2, 25, voice_path, synthetic=False))
    assert not {"comment", "description"} & set(recorded)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_nothing(tmp_path: Path, voice_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), VideoWriter(tmp_path / "new" / "a.mp4", SIZE, 25, voice_path) as writer:
        writer.write(frames(1)[0])
        raise error
    assert list(tmp_path.iterdir()) == []


def test_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files fails as a full disk does, in the middle of writing."""
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    noisy = np.random.default_rng(0).integers(0, 255, (120, SIZE[1], SIZE[0], 3), dtype=np.uint8)
    try:
        with (
            pytest.raises(InputError, match=r"a\.mp4"),
            VideoWriter(tmp_path / "new" / "a.mp4", SIZE) as writer,
        ):
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
            for frame in noisy:
                writer.write(frame)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


def test_no_frame_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no frame"), VideoWriter(tmp_path / "a.mp4", SIZE):
        pass
    assert list(tmp_path.iterdir()) == []


def test_outputs_that_are_refused(tmp_path: Path, clip_path: Path, photo_path: Path) -> None:
    before = clip_path.read_bytes()
    for path, audio, message in [
        (tmp_path / "a.avi", None, r"\.mp4"),
        (clip_path, clip_path, "the input itself"),
        (tmp_path / "a.mp4", photo_path, "has no sound"),
        (tmp_path / "a.mp4", tmp_path / "absent.wav", "not found"),
        (Path("/proc/a.mp4"), None, "cannot write"),
    ]:
        with pytest.raises(InputError, match=message), VideoWriter(path, SIZE, 25, audio) as writer:
            writer.write(frames(1)[0])
    assert list(tmp_path.iterdir()) == []
    assert clip_path.read_bytes() == before


def test_frames_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="even"):
        VideoWriter(tmp_path / "a.mp4", (63, 48))
    for frame in (np.zeros((64, 48, 3), np.uint8), np.zeros((48, 64, 3)), np.zeros((48, 64), np.uint8)):
        with pytest.raises(ValueError, match="does not fit"), VideoWriter(tmp_path / "a.mp4", SIZE) as writer:
            writer.write(frame)
    assert list(tmp_path.iterdir()) == []


def test_probe_of_other_files(voice_path: Path, tmp_path: Path) -> None:
    info = probe(voice_path)
    assert (info.duration, info.audio_rate, info.audio_channels) == (pytest.approx(9.735, abs=1e-3), 16000, 1)
    assert (info.width, info.fps, info.video_codec) == (0, None, "")
    with pytest.raises(InputError, match="has no picture"):
        first_frame(voice_path)
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(InputError, match="not a media file"):
        probe(tmp_path / "a.mp4")


def test_a_phone_held_upright(tmp_path: Path) -> None:
    """The matrix in the track header turns the picture: written into the file as phones do."""
    path = write(tmp_path / "a.mp4", 3)
    plain = first_frame(path)
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    one, minus = (0x10000).to_bytes(4, "big"), (0xFFFF0000).to_bytes(4, "big")
    none, unit = bytes(4), (0x40000000).to_bytes(4, "big")
    # A quarter turn clockwise on display.
    content[start : start + 36] = none + one + none + minus + none + none + none + none + unit
    path.write_bytes(content)
    assert np.array_equal(first_frame(path), np.rot90(plain, -1))


def test_silence_before_the_sound(tmp_path: Path) -> None:
    sound = noise(tmp_path / "n.wav", 0.5, 16000)
    with VideoWriter(tmp_path / "a.mp4", SIZE, 25, sound, silence=Fraction(3, 5)) as writer:
        for frame in frames(28):
            writer.write(frame)
    heard, rate = read_audio(tmp_path / "a.mp4", 16000), 16000
    assert np.abs(heard[: round(0.55 * rate)]).max() < 0.01
    assert np.abs(heard[round(0.62 * rate) : round(1.05 * rate)]).std() > 0.02
    assert len(heard) / rate == pytest.approx(1.1, abs=0.08)
