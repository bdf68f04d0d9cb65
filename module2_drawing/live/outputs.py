"""Outputs of live sessions: a window with sound, a video file or stream, raw frames."""

from __future__ import annotations

import os
import queue
import sys
from contextlib import AbstractContextManager, ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, cast

import av
import cv2
import numpy as np

from module1_audio2lmk.foundation.errors import InputError, warn
from module1_audio2lmk.foundation.files import atomic_path
from module1_audio2lmk.foundation.media.writer import SYNTHETIC

from .session import LiveFrame

CONTAINERS = {".mp4": "mp4", ".mkv": "matroska", ".ts": "mpegts"}
_SOUND_BITS = 96_000
_TITLE = "live portrait drawing"
_SOUND_KEPT = 16  # frames of sound that wait for the loudspeaker; what is older is left out


class Output(AbstractContextManager["Output"], Protocol):
    """Where frames go."""

    def show(self, frame: LiveFrame) -> bool:
        """Take one frame; False where no more are wanted."""


class VideoOutput:
    """H.264 and AAC, written as frames come: frames that were left out leave a gap, sound has none.

    target: a path (.mp4, .mkv or .ts), which appears when complete, or a binary stream, which gets MPEG-TS.
    Raises InputError where it cannot be written.
    """

    def __init__(self, target: Path | BinaryIO, size: int, fps: Fraction, sound_rate: int) -> None:
        self._target, self._size, self._fps, self._sound_rate = target, size, fps, sound_rate
        self._samples = 0
        if isinstance(target, Path) and target.suffix.lower() not in CONTAINERS:
            raise InputError(f"cannot write {target}; end the name in {', '.join(CONTAINERS)}, or give -")

    def __enter__(self) -> VideoOutput:
        with ExitStack() as stack:
            kind, target = "mpegts", cast(Any, self._target)
            if isinstance(target, Path):
                kind = CONTAINERS[target.suffix.lower()]
                target = f"file:{stack.enter_context(atomic_path(target))}"
            self._container = stack.enter_context(av.open(target, "w", format=kind))
            self._container.metadata.update(SYNTHETIC)
            # As sharp and large as veryfast at 18, in two thirds of its time.
            options = {"preset": "superfast", "tune": "zerolatency", "crf": "20"}
            self._video = self._container.add_stream("libx264", rate=self._fps, options=options)
            self._video.width = self._video.height = self._size
            self._video.pix_fmt = "yuv420p"
            self._video.codec_context.time_base = 1 / self._fps
            self._sound = self._container.add_stream("aac", rate=self._sound_rate, layout="mono")
            self._sound.bit_rate = _SOUND_BITS
            self._stack = stack.pop_all()
        return self

    def show(self, frame: LiveFrame) -> bool:
        # A fourth of the time that FFmpeg's own conversion takes.
        planes = cv2.cvtColor(frame.picture, cv2.COLOR_RGB2YUV_I420)
        picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        picture.pts, picture.time_base = frame.number, 1 / self._fps
        self._container.mux(self._video.encode(picture))
        if len(frame.sound):
            sound = av.AudioFrame.from_ndarray(frame.sound[None], format="fltp", layout="mono")
            sound.sample_rate, sound.pts = self._sound_rate, self._samples
            sound.time_base = Fraction(1, self._sound_rate)
            self._samples += len(frame.sound)
            self._container.mux(self._sound.encode(sound))
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            if error is None:
                self._container.mux(self._video.encode(None))
                self._container.mux(self._sound.encode(None))


class RawOutput:
    """Frames as they are, (size, size, 3) bytes RGB each, without sound."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def __enter__(self) -> RawOutput:
        return self

    def show(self, frame: LiveFrame) -> bool:
        self._stream.write(frame.picture.tobytes())
        self._stream.flush()
        return True

    def __exit__(self, *failure: object) -> None:
        return


class Window:
    """A window, closed by q or Escape; its sound goes to the loudspeaker where `sounddevice` is installed.

    Raises InputError where no window can be opened.
    """

    def __init__(self, sound_rate: int) -> None:
        if sys.platform.startswith("linux") and not (
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        ):
            raise InputError("no window can be opened here; give --output FILE, --output - or --page")
        self._rate = sound_rate
        self._waiting: queue.Queue[np.ndarray] = queue.Queue(_SOUND_KEPT)
        self._left = np.zeros(0, np.float32)
        self._stream: Any = None

    def __enter__(self) -> Window:
        try:
            import sounddevice

            self._stream = sounddevice.OutputStream(
                self._rate, channels=1, dtype="float32", latency="low", callback=self._play
            )
            self._stream.start()
        except Exception as error:  # no package, no PortAudio, no loudspeaker: its picture is worth showing
            warn(f"no sound is played ({error}); pip install sounddevice, and connect a loudspeaker")
        cv2.namedWindow(_TITLE, cv2.WINDOW_AUTOSIZE)
        return self

    def show(self, frame: LiveFrame) -> bool:
        if self._stream is not None:
            if self._waiting.full():
                self._waiting.get_nowait()
            self._waiting.put_nowait(frame.sound)
        cv2.imshow(_TITLE, frame.picture[..., ::-1])
        wanted = cv2.waitKey(1) & 0xFF not in (ord("q"), 27)
        return wanted and cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) >= 1

    def __exit__(self, *failure: object) -> None:
        if self._stream is not None:
            self._stream.close()
        cv2.destroyAllWindows()

    def _play(self, out: np.ndarray, count: int, *_: object) -> None:
        while len(self._left) < count and not self._waiting.empty():
            self._left = np.concatenate([self._left, self._waiting.get_nowait()])
        played, self._left = self._left[:count], self._left[count:]
        out[:, 0] = 0
        out[: len(played), 0] = played
