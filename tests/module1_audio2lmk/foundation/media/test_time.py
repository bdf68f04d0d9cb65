"""Picture and sound lie at the times that the file gives them, whatever its rate, gaps and late starts."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from media_files import RATE, quarters, tone, write_film, write_paused
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import (
    VideoWriter,
    is_still,
    iter_frames,
    probe,
    read_audio,
    timed_frames,
)


def grey(value: int) -> np.ndarray:
    return np.full((48, 64, 3), value, np.uint8)


def level(image: np.ndarray) -> int:
    return round(float(image.mean()))


def heard_from(sound: np.ndarray) -> float:
    """Time of the first sample above a tenth, s."""
    return float(np.flatnonzero(np.abs(sound) > 0.1)[0]) / RATE


def test_frames_come_with_their_times(tmp_path: Path) -> None:
    times = [0.0, 0.033, 0.07, 0.5, 0.54, 1.2]
    path = write_film(tmp_path / "a.mkv", [grey(40 * k) for k in range(6)], times)
    read = list(timed_frames(path))
    assert [time for time, _ in read] == pytest.approx(times, abs=1e-3)
    assert [level(image) for _, image in read] == pytest.approx([40 * k for k in range(6)], abs=3)


def test_a_variable_rate_is_shown_by_time(tmp_path: Path) -> None:
    """25 frames/s, then every third one alone: at another rate, the frame of each moment is held."""
    times = [k / 25 for k in range(25)] + [1 + 3 * k / 25 for k in range(9)]
    path = write_film(tmp_path / "a.mkv", [grey(round(100 * time)) for time in times], times)
    shown = [level(image) for image in iter_frames(path, Fraction(25))]
    assert len(shown) >= 49
    for index, value in enumerate(shown[:49]):
        latest = max(time for time in times if time <= index / 25 + 1e-3)
        assert value == pytest.approx(100 * latest, abs=3)


@pytest.mark.parametrize("fps", [Fraction(10), Fraction(25), Fraction(60), Fraction(30000, 1001)])
def test_other_rates_last_as_long(tmp_path: Path, fps: Fraction) -> None:
    with VideoWriter(tmp_path / "a.mp4", (64, 48), 30) as writer:
        for number in range(60):
            writer.write(grey(4 * number))
    shown = list(iter_frames(tmp_path / "a.mp4", fps))
    assert len(shown) == int(np.ceil(2 * fps - 1e-6))
    assert level(shown[0]) == pytest.approx(0, abs=2)
    assert level(shown[len(shown) // 2]) == pytest.approx(4 * int(len(shown) // 2 / fps * 30), abs=5)


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
@pytest.mark.parametrize("late", [0.0, 0.7, 1.1])
def test_sound_that_starts_after_the_picture(tmp_path: Path, name: str, late: float) -> None:
    images = [quarters(48, 64)] * 50
    path = write_film(tmp_path / name, images, [k / 25 for k in range(50)], sounds=[(tone(0.8), late, True)])
    sound = read_audio(path)
    assert heard_from(sound) == pytest.approx(late, abs=0.005)
    assert len(sound) / RATE == pytest.approx(late + 0.8, abs=0.07)


def test_picture_that_starts_after_the_sound(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mkv", [grey(0), grey(200)], [0.6, 0.64], sounds=[(tone(1.0), 0.0, True)])
    assert [time for time, _ in timed_frames(path)] == pytest.approx([0.6, 0.64], abs=1e-3)
    assert heard_from(read_audio(path)) == pytest.approx(0, abs=1e-3)
    shown = [level(image) for image in iter_frames(path, Fraction(25))]
    assert shown[:15] == pytest.approx([0] * 15, abs=2)
    assert shown[16] == pytest.approx(200, abs=3)


def test_a_start_far_from_zero_is_none(tmp_path: Path) -> None:
    """As broadcast recordings: both tracks begin at an hour."""
    path = write_film(tmp_path / "a.mkv", [grey(9)] * 2, [3600, 3600.04], sounds=[(tone(1), 3600.5, True)])
    assert next(timed_frames(path))[0] == 0
    assert heard_from(read_audio(path)) == pytest.approx(0.5, abs=0.002)


def test_pauses_are_silence_of_their_length(tmp_path: Path) -> None:
    path = write_paused(tmp_path / "a.mka", [(tone(0.5), 0), (tone(0.4), 1.7), (tone(0.3), 15.0)])
    sound = read_audio(path)
    assert len(sound) / RATE == pytest.approx(15.3, abs=0.01)
    loud = np.abs(sound[: len(sound) // 160 * 160]).reshape(-1, 160).max(1) > 0.1
    assert loud[:50].all()
    assert not loud[52:169].any()
    assert loud[171:209].all()
    assert not loud[212:1499].any()
    assert loud[1502:1529].all()


def test_pauses_reach_the_video(tmp_path: Path) -> None:
    sound = write_paused(tmp_path / "a.mka", [(tone(0.5), 0), (tone(0.5), 2.0)])
    with VideoWriter(tmp_path / "a.mp4", (64, 48), 25, sound) as writer:
        writer.write(grey(0))
    assert len(read_audio(tmp_path / "a.mp4")) / RATE == pytest.approx(2.5, abs=0.01)


def test_small_irregularities_are_no_pauses(tmp_path: Path) -> None:
    """Clocks that round, and packets that come early: nothing is put in, nothing is lost."""
    parts = [(tone(0.1), 0.1 * k + (0.02 if k % 2 else 0.0)) for k in range(10)]
    assert len(read_audio(write_paused(tmp_path / "a.mka", parts))) == RATE


def test_a_stamp_that_jumps_back_loses_nothing(tmp_path: Path) -> None:
    """Recordings put behind one another as they are."""
    soundfile.write(tmp_path / "part.ogg", tone(1.0), RATE, format="OGG", subtype="VORBIS")
    (tmp_path / "a.ogg").write_bytes((tmp_path / "part.ogg").read_bytes() * 3)
    assert len(read_audio(tmp_path / "a.ogg")) / RATE == pytest.approx(3, abs=0.1)


def tagged_mp3(path: Path, cover: bool) -> Path:
    """An MP3 whose header counts the delay of the encoder, its stamps start at 25 ms; with a cover or not."""
    with av.open(str(path), "w") as container:
        track = container.add_stream("libmp3lame", rate=44100, layout="mono")
        picture = container.add_stream("mjpeg", rate=1) if cover else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
            frame = av.VideoFrame.from_ndarray(grey(90), format="rgb24")
            container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        sound = np.zeros(66150, np.float32)
        sound[44100:] = tone(0.5, 44100)
        resampler = av.AudioResampler("fltp", "mono", 44100, frame_size=1152)
        block = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        block.rate = 44100
        for part in (*resampler.resample(block), *resampler.resample(None)):
            container.mux(track.encode(part))
        container.mux(track.encode(None))
    return path


@pytest.mark.parametrize("cover", [False, True])
def test_the_stamps_of_an_mp3_delay_nothing(tmp_path: Path, cover: bool) -> None:
    path = tagged_mp3(tmp_path / "a.mp3", cover)
    assert heard_from(read_audio(path)) == pytest.approx(1.0, abs=0.005)
    if cover:
        with pytest.raises(InputError, match="no picture"):
            next(iter_frames(path))


@pytest.mark.parametrize("default", [0, 1])
def test_the_default_track_is_heard(tmp_path: Path, default: int) -> None:
    sounds = [(tone(1, hertz=300 * (k + 1)), 0.0, k == default) for k in range(2)]
    path = write_film(tmp_path / "a.mkv", [grey(0)] * 2, [0, 0.5], sounds=sounds)
    spectrum = np.abs(np.fft.rfft(read_audio(path)[:RATE]))
    assert spectrum.argmax() == 300 * (default + 1)


def test_the_index_stands_before_the_data(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", (64, 48), 25) as writer:
        writer.write(grey(0))
    content = (tmp_path / "a.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_names_with_a_colon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    soundfile.write("take.wav", tone(1), RATE)
    Path("take.wav").rename("2026-01-01T12:30:00.wav")
    with VideoWriter("out:12:30.mp4", (64, 48), 25, "2026-01-01T12:30:00.wav") as writer:
        writer.write(grey(0))
    assert probe("out:12:30.mp4").frames == 1
    assert len(read_audio("out:12:30.mp4")) == RATE


def test_films_put_behind_one_another_go_on(tmp_path: Path) -> None:
    """Their stamps start anew, as in parts of a stream that are joined."""
    path = write_film(
        tmp_path / "a.ts", [grey(20 * k) for k in range(10)], [k / 10 for k in range(10)], "mpeg4", "yuv420p"
    )
    path.write_bytes(path.read_bytes() * 2)
    times = [time for time, _ in timed_frames(path)]
    assert len(times) == 20
    assert np.diff(times) == pytest.approx(0.1, abs=0.07)


def test_a_still_beside_a_film_is_not_the_film(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        tracks = [container.add_stream("libx264", rate=25) for _ in range(2)]
        for track in tracks:
            track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for track, count in zip(tracks, (1, 5), strict=True):
            for k in range(count):
                frame = av.VideoFrame.from_ndarray(grey(200 if count == 1 else 20 * k), format="rgb24")
                frame.pts = k
                container.mux(track.encode(frame))
            container.mux(track.encode(None))
    assert len(list(timed_frames(tmp_path / "a.mp4"))) == 5


def test_stills_are_told_from_films(tmp_path: Path, photo_path: Path) -> None:
    """Whatever length their container states; a phone's photo stands, although its EXIF hides its turn."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(quarters()).save(tmp_path / "a.jpg", exif=exif)
    Image.fromarray(quarters()).save(tmp_path / "a.avif")
    assert is_still(tmp_path / "a.jpg") and is_still(tmp_path / "a.avif")
    assert next(timed_frames(tmp_path / "a.jpg"))[1].shape == (128, 96, 3)
    pictures = [Image.fromarray(grey(40 * k)) for k in range(3)]
    for name in ("a.gif", "b.avif", "b.png"):
        pictures[0].save(tmp_path / name, save_all=True, append_images=pictures[1:], duration=200)
        assert not is_still(tmp_path / name)
        assert probe(tmp_path / name).duration == pytest.approx(0.6, abs=0.21)
