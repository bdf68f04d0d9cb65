"""Inputs of live sessions: sound from a stream, a file or a microphone, pictures from a camera.

All but the microphone, which has a thread of its own, are generators that a `Feeder` runs.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import cv2
import numpy as np

from module1_audio2lmk.foundation.errors import InputError, warn
from module1_audio2lmk.foundation.face.live_drive import CameraDrive
from module1_audio2lmk.foundation.media import iter_audio
from module1_audio2lmk.foundation.native import silenced

from .session import LiveSession

BLOCK = 0.02  # s of sound that are pushed at once
_ADVANCE = 2.0  # s of sound that are pushed before they are due, where time is not real
_LOST = 50  # pictures a camera may fail to give before it counts as gone


def pcm_blocks(stream: BinaryIO, rate: int) -> Iterator[np.ndarray]:
    """16-bit little-endian mono samples of a stream in blocks (n,) int16, as they come."""
    size, left = 2 * round(BLOCK * rate), b""
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    while piece := read(size):
        left += piece
        whole = len(left) // 2 * 2
        yield np.frombuffer(left[:whole], "<i2")
        left = left[whole:]


def file_blocks(path: str | os.PathLike[str], rate: int) -> Iterator[np.ndarray]:
    """The sound of a file in blocks (n,) float32 of 20 ms. Raises InputError where it has none."""
    yield from iter_audio(path, rate, BLOCK)


class Feeder(threading.Thread):
    """Pushes blocks of sound into a session from a thread, each when it is due, or as they come."""

    def __init__(self, session: LiveSession, blocks: Iterator[np.ndarray], rate: int, paced: bool) -> None:
        super().__init__(daemon=True)
        self._session, self._blocks, self._rate, self._paced = session, blocks, rate, paced
        self.failure: BaseException | None = None

    def run(self) -> None:
        session, clock = self._session, self._session.clock
        start, pushed = clock.now(), 0
        try:
            for block in self._blocks:
                if self._paced:
                    clock.wait_until(start + (pushed + len(block)) / self._rate)
                while not session.closed and session.source.pending > _ADVANCE:
                    clock.wait_until(clock.now() + BLOCK)
                if session.closed:
                    return
                session.push_audio(block, self._rate)
                pushed += len(block)
        except BaseException as error:  # told by the command, in its own thread
            self.failure = error
        session.finish()


class PulledSound:
    """Blocks of sound that are pushed when a `FreeClock` moves on: enough before every frame."""

    def __init__(self, blocks: Iterator[np.ndarray], rate: int) -> None:
        self._blocks, self._rate, self._pushed = blocks, rate, 0.0
        self.session: LiveSession | None = None

    def __call__(self, due: float) -> None:
        assert self.session is not None
        while self._pushed < due + _ADVANCE:
            block = next(self._blocks, None)
            if block is None:
                self.session.finish()
                return
            self.session.push_audio(block, self._rate)
            self._pushed += len(block) / self._rate


def microphone(session: LiveSession) -> Any:
    """The default microphone's sound into a session; the stream that runs, to be closed.

    Raises InputError without `sounddevice` or a microphone.
    """
    try:
        import sounddevice

        rate = round(sounddevice.query_devices(kind="input")["default_samplerate"])

        def heard(samples: np.ndarray, *_: Any) -> None:
            with suppress(InputError):  # a session that is stuck: what is not taken is left out
                session.push_audio(samples.copy(), rate)

        stream = sounddevice.InputStream(rate, round(BLOCK * rate), channels=1, callback=heard, latency="low")
        stream.start()
    except ImportError:
        raise InputError("--mic needs the package sounddevice: pip install sounddevice") from None
    except Exception as error:  # PortAudio's own, or the library is not there
        raise InputError(f"no microphone can be used ({error}); connect one, or give --audio") from None
    return stream


class Camera(threading.Thread):
    """Pictures of a camera, mirrored as in a looking glass, handed on as they come.

    Raises InputError where there is no such camera. One that is taken away ends the motion, with a warning.
    """

    def __init__(self, number: int, drive: CameraDrive) -> None:
        super().__init__(daemon=True)
        with silenced():
            self._capture = cv2.VideoCapture(number)
        if not self._capture.isOpened():
            raise InputError(f"no camera {number} can be opened; connect one, or give another number")
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest picture, not the oldest
        self._drive = drive
        self._ended = threading.Event()

    def run(self) -> None:
        missing = 0
        while not self._ended.is_set() and missing < _LOST:
            given, picture = self._capture.read()
            missing = 0 if given else missing + 1
            if given:
                self._drive.show(np.ascontiguousarray(picture[:, ::-1, ::-1]), time.monotonic())
            else:
                self._ended.wait(BLOCK)
        self._capture.release()
        if missing >= _LOST:
            warn("the camera gives no pictures any more")
            self._drive.finish()

    def close(self) -> None:
        self._ended.set()
        self.join(2)
