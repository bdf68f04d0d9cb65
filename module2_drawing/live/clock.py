"""Clocks of live sessions: the machine's own, and one that only moves when it is waited for."""

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """Seconds that go on."""

    def now(self) -> float:
        """The time, s."""

    def wait_until(self, due: float) -> None:
        """Return at a time, or at once where it is past or the clock was stopped."""

    def stop(self) -> None:
        """End all waiting."""


class SystemClock:
    """The machine's monotonic clock."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> float:
        return time.monotonic()

    def wait_until(self, due: float) -> None:
        delay = due - self.now()
        if delay > 0:
            self._stopped.wait(delay)

    def stop(self) -> None:
        self._stopped.set()


class FreeClock:
    """Jumps to the time that is waited for: nothing is ever late, and every frame is drawn.

    before: called with the time that comes, before it does.
    """

    def __init__(self, before: Callable[[float], None] | None = None) -> None:
        self._now = 0.0
        self._before = before

    def now(self) -> float:
        return self._now

    def wait_until(self, due: float) -> None:
        if self._before is not None:
            self._before(due)
        self._now = max(self._now, due)

    def stop(self) -> None:
        return
