"""Live session against a clock of its own and a drawing that takes as long as the test says."""

import asyncio
import threading
from fractions import Fraction

import numpy as np
import pytest

from module1_audio2lmk.foundation.live import Moment
from module2_drawing.live import LiveSession
from module2_drawing.live.clock import FreeClock, SystemClock

FPS, RATE = Fraction(25), 16000


class Counting:
    """A source whose sound counts samples and whose first landmark counts frames; ends after `total`."""

    fps, sound_rate, pending, left_out = FPS, RATE, 0.0, 0.0

    def __init__(self, total: int, clock: FreeClock | SystemClock) -> None:
        self.taken, self._total, self._clock, self.advanced = 0, total, clock, threading.Event()

    @property
    def over(self) -> bool:
        return self.taken >= self._total

    def take(self, skipped: int = 0) -> Moment:
        first, self.taken = self.taken, self.taken + skipped + 1
        landmarks = np.full((68, 2), self.taken - 1, np.float32)
        return Moment(
            landmarks, np.arange(first * 640, self.taken * 640), first / 25, self._clock.now() - 0.3
        )

    def advance(self) -> bool:
        self.advanced.set()
        return False


class Drawing:
    """Draws the number of the frame, and takes a while."""

    size = 4

    def __init__(self, clock: FreeClock, seconds: list[float]) -> None:
        self._clock, self._seconds = clock, seconds

    def frames(self, landmarks):
        self._clock.wait_until(self._clock.now() + (self._seconds.pop(0) if self._seconds else 0.01))
        yield np.full((4, 4, 3), landmarks[0, 0, 0], np.uint8)


def drawn(seconds, total=50):
    clock = FreeClock()
    session = LiveSession(Drawing(clock, seconds), Counting(total, clock), clock)
    return session, [(frame, clock.now()) for frame in session.frames()]


def test_every_frame_comes_when_it_is_due():
    session, frames = drawn([])
    assert [frame.number for frame, _ in frames] == list(range(50))
    for frame, shown in frames:
        assert shown == pytest.approx(frame.number / 25 + 0.01) and frame.time == frame.number / 25
    assert session.statistics.dropped == 0
    assert session.statistics.percentiles(50, 95) == pytest.approx([310, 310])


def test_frames_are_left_out_rather_than_late_and_sound_stays_whole():
    session, frames = drawn([0.01] * 10 + [0.3] + [0.01] * 50)
    assert session.statistics.dropped == 6 and session.statistics.drawn == len(frames) == 44
    for frame, shown in frames:
        assert frame.picture[0, 0, 0] == frame.number, "the picture is that of its own time"
        assert shown - frame.time < 0.06 or frame.number == 10
        assert frame.sound[0] == frame.sound_time * RATE
    np.testing.assert_array_equal(np.concatenate([frame.sound for frame, _ in frames]), np.arange(50 * 640))


@pytest.mark.parametrize(("seconds", "dropped"), [([0.01] * 10 + [0.2], 0), ([0.06] * 60, 16)])
def test_a_stall_is_caught_up_with_and_slow_drawing_is_not(seconds, dropped):
    session, frames = drawn(seconds)
    assert session.statistics.dropped == dropped
    assert frames[-1][1] - frames[-1][0].time < 0.16 and (dropped or frames[-1][1] < 49 / 25 + 0.02)


def test_a_reader_that_was_away_does_not_cause_dropped_frames():
    clock = FreeClock()
    session = LiveSession(Drawing(clock, []), Counting(50, clock), clock)
    numbers = []
    for frame in session.frames():
        numbers.append(frame.number)
        if frame.number == 5:
            clock.wait_until(clock.now() + 5)
    assert session.statistics.dropped == 0 and numbers == list(range(50))


def test_asynchronous_frames_with_work_in_the_background():
    clock = SystemClock()
    source = Counting(10**6, clock)

    async def some() -> list[int]:
        session = LiveSession(Drawing(FreeClock(), []), source, clock)
        found = []
        async for frame in session.aframes():
            found.append(frame.number)
            if len(found) == 5:
                break
        session.close()
        return found

    assert asyncio.run(some())[:2] == [0, 1] and source.advanced.is_set()


def test_a_failure_in_the_background_is_told():
    class Failing(Counting):
        def advance(self) -> bool:
            raise RuntimeError("hearing failed")

    clock = SystemClock()
    session = LiveSession(Drawing(FreeClock(), []), Failing(10**6, clock), clock)
    with pytest.raises(RuntimeError, match="hearing failed"):
        list(session.frames())
