"""Any container, codec, rate and layout becomes the same mono speech."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import VideoWriter, is_silent, iter_audio, read_audio

RATE = 16000


def tone(seconds: float, rate: int = 48000, hertz: float = 440.0, peak: float = 0.5) -> np.ndarray:
    return peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def encode(path: Path, sound: np.ndarray, codec: str, rate: int, layout: str) -> None:
    """(N, C) in [-1, 1] → a file of any kind that ffmpeg writes."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        packed = np.ascontiguousarray(sound.astype(np.float32).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.rate = rate
        size = stream.codec_context.frame_size or 0
        resampler = av.AudioResampler(stream.codec_context.format, layout, rate, frame_size=size)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def frequency(sound: np.ndarray, rate: int = RATE) -> float:
    """Of the strongest partial, Hz."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(spectrum.argmax() * rate / len(sound))


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_rates_and_sample_formats(tmp_path: Path, rate: int, subtype: str) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0, rate), rate, subtype)
    read = read_audio(tmp_path / "a.wav")
    assert read.dtype == np.float32
    assert read.shape == (RATE,)
    assert frequency(read) == pytest.approx(440, abs=2)
    assert np.abs(read[100:-100]).max() == pytest.approx(0.5, abs=0.01)


def test_sixteen_kilohertz_is_kept_sample_for_sample(tmp_path: Path) -> None:
    sound = tone(0.5, RATE).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", sound, RATE, "FLOAT")
    assert np.array_equal(read_audio(tmp_path / "a.wav"), sound)


@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [
        ("a.mp3", "libmp3lame", "stereo"),
        ("a.m4a", "aac", "mono"),
        ("a.flac", "flac", "stereo"),
        ("a.opus", "libopus", "mono"),
        ("a.ogg", "libopus", "stereo"),
        ("a.aiff", "pcm_s16be", "mono"),
        ("a.ac3", "ac3", "5.1(side)"),
        ("a.wav", "pcm_s16le", "7.1"),
    ],
)
def test_codecs_and_layouts(tmp_path: Path, name: str, codec: str, layout: str) -> None:
    channels = av.AudioLayout(layout).nb_channels
    encode(tmp_path / name, np.repeat(tone(1.0)[:, None], channels, 1), codec, 48000, layout)
    read = read_audio(tmp_path / name)
    assert len(read) / RATE == pytest.approx(1.0, abs=0.06)
    assert frequency(read[2000:14000]) == pytest.approx(440, abs=4)
    assert np.sqrt(np.mean(read[2000:14000] ** 2)) == pytest.approx(0.5**1.5, abs=0.02)


def test_video_containers(clip_path: Path, voice_path: Path) -> None:
    clip, voice = read_audio(clip_path), read_audio(voice_path)
    assert len(clip) == len(voice)
    assert np.corrcoef(clip, voice)[0, 1] > 0.98


def test_the_centre_is_heard_and_the_rumble_is_not(tmp_path: Path) -> None:
    """5.1: FL FR FC LFE BL BR."""
    sound = np.zeros((48000, 6))
    sound[:, 2], sound[:, 3] = tone(1.0, hertz=440), tone(1.0, hertz=60)
    encode(tmp_path / "a.wav", sound, "pcm_s16le", 48000, "5.1")
    read = read_audio(tmp_path / "a.wav")
    spectrum = np.abs(np.fft.rfft(read))
    assert spectrum[440] > 1000 * spectrum[60]


def test_stereo_is_the_mean(tmp_path: Path) -> None:
    left, right = tone(0.5, RATE, 300), tone(0.5, RATE, 500)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], 1), RATE, "FLOAT")
    assert np.allclose(read_audio(tmp_path / "a.wav"), (left + right) / 2, atol=1e-6)


def test_loud_float_is_clipped(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(0.5, RATE, peak=3.0), RATE, "FLOAT")
    read = read_audio(tmp_path / "a.wav")
    assert read.max() == 1.0
    assert read.min() == -1.0


@pytest.mark.parametrize("seconds", [0.4, 1.0, 3.0, 100.0])
def test_blocks_are_the_whole(voice_path: Path, seconds: float) -> None:
    blocks = list(iter_audio(voice_path, RATE, seconds))
    assert all(len(block) == round(seconds * RATE) for block in blocks[:-1])
    assert 0 < len(blocks[-1]) <= round(seconds * RATE)
    assert np.array_equal(np.concatenate(blocks), read_audio(voice_path))


def test_other_rates_on_request(voice_path: Path) -> None:
    assert len(read_audio(voice_path, 8000)) == pytest.approx(len(read_audio(voice_path)) / 2, abs=2)


def test_silence_is_read_and_told(tmp_path: Path, voice_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(RATE), RATE)
    assert is_silent(read_audio(tmp_path / "a.wav"))
    assert not is_silent(read_audio(voice_path))
    assert is_silent(np.empty(0, np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rate", [RATE, 44100])
def test_samples_that_are_no_numbers(tmp_path: Path, value: float, rate: int) -> None:
    sound = tone(1.0, rate)
    sound[rate // 2] = value
    soundfile.write(tmp_path / "a.wav", sound, rate, "FLOAT")
    with pytest.raises(InputError, match="NaN or infinite"):
        read_audio(tmp_path / "a.wav")


@pytest.mark.parametrize(("count", "message"), [(0, "no sound|0.00 s"), (1, "0.00 s"), (4700, "0.29 s")])
def test_too_short(tmp_path: Path, count: int, message: str) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0, RATE)[:count], RATE)
    with pytest.raises(InputError, match=message):
        read_audio(tmp_path / "a.wav")


def test_just_long_enough(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(0.3, RATE), RATE)
    assert len(read_audio(tmp_path / "a.wav")) == 4800


def test_what_is_no_sound(tmp_path: Path, photo_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound at all " * 100)
    (tmp_path / "empty.wav").touch()
    for path, message in {
        tmp_path / "text.wav": "not a sound",
        tmp_path / "empty.wav": "is empty",
        tmp_path: "is a folder",
        tmp_path / "absent.wav": "not found",
        photo_path: "has no sound",
    }.items():
        with pytest.raises(InputError, match=message):
            read_audio(path)


def test_a_damaged_packet_is_skipped_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    encode(tmp_path / "a.m4a", tone(3.0)[:, None], "aac", 48000, "mono")
    content = bytearray((tmp_path / "a.m4a").read_bytes())
    middle = content.index(b"mdat") + len(content) // 2
    content[middle : middle + 400] = b"\xff" * 400
    (tmp_path / "a.m4a").write_bytes(content)
    assert len(read_audio(tmp_path / "a.m4a")) > 2.7 * RATE
    assert "damaged packets" in capsys.readouterr().err


def test_a_recording_that_changes_its_rate_inside_ogg_is_refused(tmp_path: Path) -> None:
    """FFmpeg does not decode chained Vorbis whose headers differ."""
    chain = b""
    for rate in (16000, 44100):
        soundfile.write(tmp_path / "part.ogg", tone(1.0), rate, format="OGG", subtype="VORBIS")
        chain += (tmp_path / "part.ogg").read_bytes()
    (tmp_path / "chain.ogg").write_bytes(chain)
    with pytest.raises(InputError, match=r"chain\.ogg cannot be read as sound"):
        read_audio(tmp_path / "chain.ogg")


def test_memory_is_that_of_the_result(tmp_path: Path) -> None:
    """A minute and a half of 48 kHz stereo: 6 MB at 16 kHz mono, 35 MB when decoded at once."""
    with soundfile.SoundFile(tmp_path / "long.wav", "w", 48000, 2, "PCM_16") as file:
        for _ in range(90):
            file.write(np.repeat(tone(1.0)[:, None], 2, 1))
    reset = Path("/proc/self/clear_refs")
    if not reset.exists():
        pytest.skip("the highest memory of a process can be measured anew on Linux alone")
    reset.write_text("5")
    before = highest_memory()
    samples = read_audio(tmp_path / "long.wav")
    assert len(samples) == 90 * RATE
    assert highest_memory() - before < samples.nbytes + 15e6


def highest_memory() -> int:
    """Bytes that this process has had in memory at most since it was measured anew."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_a_channel_wired_the_wrong_way_round(
    tmp_path: Path, share: float, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = tone(1.0, RATE)
    soundfile.write(tmp_path / "a.wav", np.stack([sound, -share * sound], 1), RATE, "FLOAT")
    read = read_audio(tmp_path / "a.wav")
    assert np.allclose(read, sound * (1 + share) / 2, atol=1e-5)
    assert "cancel" in capsys.readouterr().err


def test_two_voices_are_no_inverted_channel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wide stereo, and one silent channel."""
    random = np.random.default_rng(1)
    pair = 0.2 * random.normal(size=(RATE, 2))
    pair[:, 1] -= 0.3 * pair[:, 0]
    for right in (pair[:, 1], np.zeros(RATE)):
        soundfile.write(tmp_path / "a.wav", np.stack([pair[:, 0], right], 1), RATE, "FLOAT")
        expected = np.clip((np.clip(pair[:, 0], -1, 1) + np.clip(right, -1, 1)) / 2, -1, 1)
        assert np.allclose(read_audio(tmp_path / "a.wav"), expected, atol=1e-5)
    assert capsys.readouterr().err == ""


def test_a_constant_offset_is_taken_off(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(RATE // 2), tone(0.5, RATE, peak=0.3)])
    soundfile.write(tmp_path / "a.wav", sound + 0.2, RATE, "FLOAT")
    assert np.abs(read_audio(tmp_path / "a.wav") - sound).max() < 2e-3
    soundfile.write(tmp_path / "b.wav", np.full(RATE, 0.2), RATE, "FLOAT")
    assert is_silent(read_audio(tmp_path / "b.wav"))


def test_one_wild_sample_harms_no_other(tmp_path: Path) -> None:
    sound = tone(1.0, 44100)
    sound[22050] = 1e30
    soundfile.write(tmp_path / "a.wav", sound, 44100, "FLOAT")
    read = read_audio(tmp_path / "a.wav")
    assert np.abs(read).max() <= 1
    assert np.abs(read[2000:7900]).max() < 0.55


def test_more_channels_than_eight_are_refused(tmp_path: Path) -> None:
    """Planar sound of so many makes PyAV read beyond its planes, which ends the process."""
    soundfile.write(tmp_path / "a.wav", np.repeat(tone(0.5, RATE)[:, None], 12, 1), RATE)
    with pytest.raises(InputError, match="12 channels; mix it down"):
        read_audio(tmp_path / "a.wav")


@pytest.mark.parametrize("layout", ["quad", "6.1"])
def test_channels_that_a_video_cannot_hold_are_mixed_without_clipping(tmp_path: Path, layout: str) -> None:
    channels = av.AudioLayout(layout).nb_channels
    encode(
        tmp_path / "a.wav", np.repeat(tone(1.0, peak=0.8)[:, None], channels, 1), "pcm_s16le", 48000, layout
    )
    with VideoWriter(tmp_path / "a.mp4", (32, 32), 25, tmp_path / "a.wav") as writer:
        for _ in range(25):
            writer.write(np.zeros((32, 32, 3), np.uint8))
    heard = read_audio(tmp_path / "a.mp4")[2000:14000]
    overtones = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert frequency(heard) == pytest.approx(440, abs=4)
    assert overtones[950:1040].max() < 0.01 * overtones.max()  # 1,320 Hz: what clipping adds
