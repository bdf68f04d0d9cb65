"""Files that were cut short are told in one line, whole ones never."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import read_audio, timed_frames
from module1_audio2lmk.foundation.media.completeness import lack_of
from tests.media_files import RATE, tone, write_sound

SECONDS = 4


def spoken(container: av.container.OutputContainer, codec: str) -> av.AudioStream:
    track = container.add_stream(codec, rate=RATE, layout="mono")
    if codec == "libmp3lame":
        track.format = "fltp"
    return track


def film(path: Path, picture: str, sound: str = "", **options: str) -> Path:
    """Four seconds of noise, which fills the file evenly, and of a tone."""
    random = np.random.default_rng(0)
    with av.open(str(path), "w", options=options) as container:
        track = container.add_stream(picture, rate=25)
        track.width, track.height = 64, 64
        track.pix_fmt = {"gif": "rgb8", "apng": "rgb24"}.get(picture, "yuv420p")
        track.gop_size = 25
        voice = spoken(container, sound) if sound else None
        for second in range(SECONDS):
            for _ in range(25):
                image = random.integers(0, 255, (64, 64, 3)).astype(np.uint8)
                container.mux(track.encode(av.VideoFrame.from_ndarray(image)))
            if voice is not None:
                write_sound(container, voice, tone(1.0), second)
        for stream in (track, voice):
            container.mux(stream.encode(None) if stream else [])
    return path


def song(path: Path, codec: str, **options: str) -> Path:
    """Four seconds of a tone."""
    with av.open(str(path), "w", options=options) as container:
        track = spoken(container, codec)
        write_sound(container, track, tone(float(SECONDS)), 0.0)
        container.mux(track.encode(None))
    return path


FILMS: dict[str, Sequence[str]] = {
    "a.mkv": ("libx264", "aac"),
    "a.webm": ("libvpx", ""),
    "a.avi": ("mpeg4", "libmp3lame"),
    "a.flv": ("flv", ""),
    "a.wmv": ("wmv2", ""),
    "a.gif": ("gif", ""),
    "front.mp4": ("libx264", ""),
    "pieces.mp4": ("libx264", "aac"),
}
SONGS = {"a.ogg": "libopus", "a.mp3": "libmp3lame", "a.au": "pcm_s16be", "a.mka": "flac"}
WRITING = {"front.mp4": {"movflags": "+faststart"}, "pieces.mp4": {"movflags": "+frag_keyframe+empty_moov"}}
#: Of these it is known how much there should be.
KNOWN = {"a.mkv", "a.webm", "a.avi", "a.flv", "front.mp4", "a.mp3", "a.mka"}


@pytest.mark.parametrize("name", [*FILMS, *SONGS])
def test_a_cut_file_is_told(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path, options = tmp_path / name, WRITING.get(name, {})
    film(path, *FILMS[name], **options) if name in FILMS else song(path, SONGS[name], **options)

    def used() -> float:
        if name in FILMS:
            return [time for time, _ in timed_frames(path)][-1] + 0.04
        return len(read_audio(path)) / RATE

    assert used() == pytest.approx(SECONDS, abs=0.1)
    assert "cut short" not in capsys.readouterr().err
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 11 // 20])
    seconds, told = used(), capsys.readouterr().err
    assert f"warning: {path} is cut short: " in told
    assert 0.4 * SECONDS < seconds < 0.8 * SECONDS
    if name in KNOWN:
        stated, expected = told.split(" s are there")[0].split(" is cut short: ")[1].split(" of ")
        assert float(expected) == pytest.approx(SECONDS, abs=0.1)
        assert float(stated) == pytest.approx(seconds, abs=0.15)


def test_a_file_that_was_never_filled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Copying programs make a file as long as it should become before they fill it."""
    path = film(tmp_path / "a.mkv", "libx264")
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[: size // 2] + bytes(size - size // 2))
    list(timed_frames(path))
    assert "of 4.0 s are there" in capsys.readouterr().err
    silent = song(tmp_path / "a.au", "pcm_s16be")
    silent.write_bytes(silent.read_bytes()[:-50_000] + bytes(50_000))
    assert len(read_audio(silent)) == SECONDS * RATE
    assert capsys.readouterr().err == ""


def test_what_states_nothing_is_not_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Live WebM, MPEG streams and MP3 without a first frame that counts."""
    live = film(tmp_path / "live.webm", "libvpx", live="1")
    for path in (
        live,
        song(tmp_path / "a.mp3", "libmp3lame", write_xing="0"),
        film(tmp_path / "a.ts", "mpeg4"),
    ):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        assert lack_of(path) is None
    list(timed_frames(live))
    assert capsys.readouterr().err == ""


def test_bytes_behind_the_end_are_no_lack(tmp_path: Path) -> None:
    """Notes of cameras and tags of songs."""
    for path in (
        film(tmp_path / "a.mp4", "libx264"),
        film(tmp_path / "a.gif", "gif"),
        film(tmp_path / "a.apng", "apng"),
        song(tmp_path / "a.mp3", "libmp3lame"),
    ):
        path.write_bytes(path.read_bytes() + b"\x7f\xff\xff\xffSEFT" + b"TAG" * 50)
        assert lack_of(path) is None


def test_without_its_index_a_film_is_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", "libx264")
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(InputError, match="is cut short, and without its end cannot be read"):
        list(timed_frames(path))


def test_damaged_pictures_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = film(tmp_path / "a.mp4", "libx264")
    content = path.read_bytes()
    start = content.index(b"mdat") + len(content) // 2
    path.write_bytes(content[:start] + bytes(len(content) // 4) + content[start + len(content) // 4 :])
    list(timed_frames(path))
    assert "damaged packets of picture were skipped" in capsys.readouterr().err


def test_a_box_that_states_more_than_any_file_holds(tmp_path):
    path = film(tmp_path / "a.mp4", "mpeg4")
    with path.open("ab") as file:
        file.write(b"\0\0\0\1mdat" + (1 << 63).to_bytes(8, "big") + bytes(range(1, 200)))
    assert lack_of(path) is not None
