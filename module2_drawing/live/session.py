"""Live session: one face, its motion as it comes, frames on time.

A frame is due every 1 / fps s. After a moment's stall those that are late are drawn without a pause; where
drawing does not keep up they are left out: their sound goes out with the next frame, and both stay in step.
Landmarks are worked out by a thread in the background, frames by whoever iterates over `frames`.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from module1_audio2lmk.foundation.live import Moment, MotionSource

from .clock import Clock, SystemClock

if TYPE_CHECKING:
    from ..animator import PortraitAnimator

_LATE = 2  # frames by which one may be late, where drawing does not keep up
_STALL = 6  # the same where it does: a moment's stall is caught up with, and nothing is dropped
_JUDGED = 9  # last frames of which the middle one tells whether drawing keeps up
_PAUSE = 1.0  # s that a reader may be away before this is a pause, and frames are not dropped
_IDLE = 0.01  # s between two looks for something to work ahead on
_KEPT = 15_000  # latencies that the percentiles are of: ten minutes at 25 frames/s


class LiveFrame(NamedTuple):
    """One frame of a session.

    number, time: its place and its time, s, in the session. picture: (size, size, 3) uint8 RGB. sound: (n,)
    float32 in [-1, 1] at the source's `sound_rate`; it begins at `sound_time`, which lies before `time` where
    frames were left out. pushed: seconds of pushed sound before the frame's own; None at rest.
    """

    number: int
    time: float
    picture: np.ndarray
    sound: np.ndarray
    sound_time: float
    pushed: float | None


@dataclass
class Statistics:
    """What a session did. latencies: s from the arrival of sound to its picture, the last ten minutes.

    sound, picture: s that were given out of both, pauses of the reader left out; late: s from when the last
    frame was due to when it was given out. left_out: s of pushed sound that were left out to catch up.
    """

    drawn: int = 0
    dropped: int = 0
    sound: float = 0.0
    picture: float = 0.0
    late: float = 0.0
    left_out: float = 0.0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def percentiles(self, *shares: float) -> list[float]:
        """Latencies in ms that so many of 100 frames stay below; none where nothing was said."""
        kept = list(self.latencies)
        return [1000 * float(np.percentile(kept, share)) for share in shares] if kept else []

    def __str__(self) -> str:
        dropped = 100 * self.dropped / max(1, self.drawn + self.dropped)
        line = f"frames: {self.drawn} drawn, {self.dropped} dropped ({dropped:.2f} %)"
        if latencies := self.percentiles(50, 95, 99):
            middle, most, nearly_all = latencies
            line += (
                f"; arrival to picture: median {middle:.0f} ms, 95 % {most:.0f} ms, 99 % {nearly_all:.0f} ms"
            )
        drift = 1000 * (self.sound - self.picture)
        line += f"; sound before picture {drift:.1f} ms, picture after clock {1000 * self.late:.0f} ms"
        if self.left_out:
            line += f"; {self.left_out:.2f} s of sound left out to catch up"
        return line


class LiveSession:
    """A face that speaks what is pushed, and is at rest in between.

        session = LiveSession(animator, SpeechToLandmarks(front_end="mel").live(face))
        session.push_audio(samples, 24_000)  # from any thread, any number of times
        for frame in session.frames(): ...

    animator: with its photo prepared. source: where the landmarks come from. clock: what frames are due by; a
    `FreeClock` draws every frame, as fast as it goes. Memory is bounded by the source's backlog.
    """

    def __init__(self, animator: PortraitAnimator, source: MotionSource, clock: Clock | None = None) -> None:
        self._animator, self.source, self.size = animator, source, animator.size
        self.clock = clock or SystemClock()
        self.statistics = Statistics()
        self.closed = False

    def push_audio(self, samples: np.ndarray, rate: int) -> None:
        """Say what follows: (n,) or (n, channels) float in [-1, 1] or int16 samples at `rate` a second.

        Raises InputError where they are of another kind, or too many wait already.
        """
        self.source.push(samples, rate)

    def interrupt(self) -> None:
        """Say no more: the sound ends with the next frame, and the mouth shuts."""
        self.source.interrupt()

    def finish(self) -> None:
        """`frames` ends when all that was pushed is said."""
        self.source.finish()

    def close(self) -> None:
        """`frames` ends now."""
        self.closed = True
        self.clock.stop()

    def frames(self) -> Generator[LiveFrame, None, None]:
        """The frames from now on, each when it is due; its drawing time later, to be exact. One reader."""
        fps, clock = self.source.fps, self.clock
        index, sound_index, start = 0, 0, clock.now()
        taken = deque((0.0,), _JUDGED)  # s that the last frames took
        with self._working_ahead():
            while not (self.closed or self.source.over):
                clock.wait_until(start + float(index / fps))
                begun = clock.now()
                late = (begun - start) * fps - index
                skipped = int(late) if late >= (_STALL if median(taken) * fps < 1 else _LATE) else 0
                index += skipped
                moment = self.source.take(skipped)
                picture = next(iter(self._animator.frames(moment.landmarks[None])))
                if self.closed:
                    return
                given = clock.now()
                self._count(skipped, moment, given)
                self.statistics.picture = float((index + 1) / fps)
                self.statistics.late = given - start - float(index / fps)
                times = float(index / fps), float(sound_index / fps)
                yield LiveFrame(index, times[0], picture, moment.sound, times[1], moment.pushed)
                index += 1
                sound_index = index
                taken.append(clock.now() - begun)
                if (away := clock.now() - given) > _PAUSE:
                    start += away

    async def aframes(self) -> AsyncIterator[LiveFrame]:
        """`frames` for asyncio: drawing runs in a thread."""
        frames, loop = self.frames(), asyncio.get_running_loop()
        try:
            while True:
                # No task: `asyncio.run` cancels all of those at its end, and the thread goes on all the same.
                drawing = loop.run_in_executor(None, next, frames, None)
                frame = await asyncio.shield(drawing)
                if frame is None:
                    return
                yield frame
        finally:
            # Whoever waits may be cancelled; the thread draws its frame to the end.
            self.close()
            await asyncio.wait([drawing])
            await asyncio.to_thread(frames.close)

    def _count(self, skipped: int, moment: Moment, given: float) -> None:
        counted = self.statistics
        counted.drawn += 1
        counted.dropped += skipped
        counted.sound += len(moment.sound) / self.source.sound_rate
        counted.left_out = self.source.left_out
        if moment.arrived is not None:
            counted.latencies.append(given - moment.arrived)

    @contextmanager
    def _working_ahead(self) -> Iterator[None]:
        """With the source at work in the background; by a clock of its own all is done when it is due."""
        if not isinstance(self.clock, SystemClock):
            yield
            return
        ended = threading.Event()
        failures: list[BaseException] = []
        worker = threading.Thread(target=self._work_ahead, args=(ended, failures), daemon=True)
        worker.start()
        try:
            yield
        finally:
            ended.set()
            worker.join()
        if failures:
            raise failures[0]

    def _work_ahead(self, ended: threading.Event, failures: list[Any]) -> None:
        try:
            while not ended.is_set():
                if not self.source.advance():
                    ended.wait(_IDLE)
        except BaseException as error:  # handed to whoever reads the frames
            failures.append(error)
            self.closed = True
            self.clock.stop()
