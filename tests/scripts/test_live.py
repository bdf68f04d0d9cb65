"""Live command in this process: files, streams and clips in, files and streams out; what cannot be done."""

import io
import sys

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import align_face
from module1_audio2lmk.foundation.media import probe, read_audio
from module2_drawing.live import LiveSession
from module2_drawing.live.clock import FreeClock
from scripts import live


def run(*arguments: object) -> None:
    live.main([*map(str, arguments), "--size", "256"])


def test_sound_of_a_stream_becomes_a_video(photo_path, voice_path, tmp_path, monkeypatch, capsys):
    voice = read_audio(voice_path, 16000)[8000:24000]
    pcm = io.BufferedReader(io.BytesIO((voice * 32767).astype("<i2").tobytes()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pcm))
    output = tmp_path / "talking.mkv"
    run("--jpg", photo_path, "--audio", "-", "--output", output)
    found = probe(output)
    assert (found.width, found.video_codec, found.audio_codec) == (256, "h264", "aac")
    assert 1.2 < found.duration < 4
    heard = read_audio(output, 16000)
    assert np.correlate(heard, voice[4000:8000], "valid").max() > 0.9 * np.square(voice[4000:8000]).sum()
    told = capsys.readouterr().err
    assert "speech: content own defaults" in told and "drawn" in told


def test_a_clip_drives_raw_frames_in_real_time(photo_path, clip_path, monkeypatch):
    class Closing(io.BytesIO):
        """Like a pipe whose reader leaves after a frame: two come however slow the machine is."""

        def write(self, data) -> int:
            if self.tell() >= 256 * 256 * 3:
                raise BrokenPipeError
            return super().write(data)

    out = Closing()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
    with pytest.raises(BrokenPipeError):
        run("--jpg", photo_path, "--drive", clip_path, "--output", "-", "--format", "raw", "--realtime")
    frames = np.frombuffer(out.getvalue(), np.uint8).reshape(1, 256, 256, 3)
    assert frames.std() > 20


class Still:
    """Draws nothing, at once."""

    size = 4

    def frames(self, landmarks):
        yield np.zeros((4, 4, 3), np.uint8)


@pytest.mark.parametrize("flags, late", [(["--realtime"], 0.0), ([], 1.0)])
def test_a_file_in_real_time_catches_up_after_a_stall(photo, voice_path, flags, late):
    """For a second no sound comes, then all of it: without --realtime it is late by a second for good."""
    options = live.parse_arguments(["--jpg", "a.jpg", "--audio", str(voice_path), *flags])
    rate, pushed = live.sound_rate(options), 0
    voice = np.tile(read_audio(voice_path, rate)[: 2 * rate], 4)

    def feed(due: float) -> None:
        nonlocal pushed
        if not 2 <= due < 3:
            session.push_audio(voice[pushed : round(due * rate)], rate)
            pushed = round(due * rate)
        if due > 7:
            session.finish()

    clock = FreeClock(feed)
    session = LiveSession(Still(), live.open_source(options, align_face(photo, "mediapipe"), clock), clock)
    for _ in session.frames():
        pass
    latencies = list(session.statistics.latencies)
    before, after = np.median(latencies[:30]), np.median(latencies[-60:])
    assert late - 0.3 < after - before < late + 0.3
    assert bool(session.statistics.left_out) == ("sound left out" in str(session.statistics)) == bool(flags)
    assert abs(session.statistics.sound - session.statistics.picture) < 0.5 / rate


def test_a_clip_is_not_written_over(photo_path, clip_path):
    before = clip_path.read_bytes()
    with pytest.raises(InputError, match="is the input itself"):
        run("--jpg", photo_path, "--drive", clip_path, "--output", clip_path)
    assert clip_path.read_bytes() == before


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--audio", "absent.wav", "--output", "a.mp4"], "sound not found: absent.wav"),
        (["--audio", "-", "--output", "a.gif"], "cannot write a.gif"),
        (["--audio", "-", "--output", "a.mp4", "--rate", "100"], "--rate 100"),
        (["--drive", "absent.mp4", "--output", "a.mp4"], "clip not found"),
        (["--camera", "77", "--output", "a.mp4"], "no camera 77"),
        (["--audio", "-"], "no window can be opened here"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(photo_path, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(InputError, match=message):
        run("--jpg", photo_path, *arguments)
    assert not list(tmp_path.iterdir())
