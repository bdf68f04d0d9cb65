"""Headers of sounds: cut files are told, and what a header says of samples is followed."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import read_audio, riff

RATE = 16000


def tone(seconds: float, rate: int = 48000) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("kept", [0.3, 0.9])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff", "a.w64", "a.rf64"])
def test_truncated(tmp_path: Path, name: str, kept: float) -> None:
    soundfile.write(tmp_path / name, tone(4.0), 48000)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InputError, match=r"cut short: \d\.\d\d of (4\.00|3\.9\d) s"):
        read_audio(tmp_path / name)


def test_a_header_alone(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0), 48000)
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:30])
    with pytest.raises(InputError):
        read_audio(tmp_path / "a.wav")


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFF024])
def test_a_piped_wav_does_not_know_its_length(tmp_path: Path, size: int) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0, RATE), RATE)
    content = bytearray((tmp_path / "a.wav").read_bytes())
    start = content.index(b"data") + 4
    content[start : start + 4] = size.to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(content)
    assert len(read_audio(tmp_path / "a.wav")) == RATE


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "PCM_U8"])
def test_big_endian_wav_is_no_noise(tmp_path: Path, subtype: str) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0), RATE, subtype, endian="BIG")
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RIFX"
    assert np.abs(read_audio(tmp_path / "a.wav") - tone(1.0)).max() < 0.01


def test_24_bits_in_the_place_of_32_are_no_floats(tmp_path: Path) -> None:
    """As Windows records; the header says how many of the 32 bits count."""
    soundfile.write(tmp_path / "a.wav", tone(1.0), RATE, "PCM_32", format="WAVEX")
    content = bytearray((tmp_path / "a.wav").read_bytes())
    place = content.index(b"fmt ") + 8 + 18
    assert content[place : place + 2] == b"\x20\0"
    content[place] = 24
    (tmp_path / "a.wav").write_bytes(content)
    assert np.abs(read_audio(tmp_path / "a.wav") - tone(1.0)).max() < 1e-4


def test_lossless_sound_of_macs_keeps_its_end(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.caf"), "w") as container:
        stream = container.add_stream("alac", rate=RATE, layout="mono")
        for start in range(0, 24000, 4096):  # the last packet is more than half full
            block = (tone(1.5, RATE)[None, start : start + 4096] * 2.0**31).astype(np.int32)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "s32p", "mono")
            frame.rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert np.abs(read_audio(tmp_path / "a.caf") - tone(1.5, RATE)).max() < 1e-4


@pytest.mark.parametrize(
    ("name", "form", "subtype"), [("a.w64", "W64", "MS_ADPCM"), ("a.aiff", "AIFF", "GSM610")]
)
def test_compressed_sound_is_not_taken_for_cut(tmp_path: Path, name: str, form: str, subtype: str) -> None:
    soundfile.write(tmp_path / name, tone(2.0, 8000), 8000, subtype, format=form)
    assert len(read_audio(tmp_path / name)) / RATE == pytest.approx(2.0, abs=0.1)


def test_a_chunk_of_absurd_size_ends_the_search(tmp_path: Path) -> None:
    (tmp_path / "a.w64").write_bytes(
        b"riff".ljust(40) + b"junk".ljust(16) + b"\xff" * 7 + b"\x7f" + bytes(64)
    )
    assert riff.share_there(tmp_path / "a.w64") == 1.0
