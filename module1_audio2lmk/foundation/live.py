"""Live motion: what a source of landmarks gives for every frame that is due."""

from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np


class Moment(NamedTuple):
    """One frame's landmarks and sound.

    landmarks: (68, 2) float32 px of the 512² crop. sound: (n,) float32 in [-1, 1], from the frame's time to
    the next frame's; that of skipped frames is in it, too. pushed: seconds of sound since the last
    interruption (or of the driving clip) before the frame's own, None at rest. arrived: when that came, by
    the source's clock.
    """

    landmarks: np.ndarray
    sound: np.ndarray
    pushed: float | None = None
    arrived: float | None = None


class MotionSource(Protocol):
    """Where a live session's landmarks come from.

    `push`, `interrupt` and `finish` are called from any thread, `take` from the one that draws, and `advance`
    from one in the background.
    """

    fps: Fraction
    sound_rate: int

    def take(self, skipped: int = 0) -> Moment:
        """The next frame, after leaving out `skipped` ones: never waits for what has not come yet."""

    def advance(self) -> bool:
        """Work ahead by one small step; False where there is nothing to do."""

    def finish(self) -> None:
        """Nothing more will be pushed."""

    def push(self, samples: np.ndarray, rate: int) -> None:
        """Say what follows: (n,) samples. Raises InputError where sound is no use to it."""

    def interrupt(self) -> None:
        """Forget what was pushed: no sound, and the mouth shuts at once."""

    @property
    def over(self) -> bool:
        """Whether nothing is left to show."""

    @property
    def pending(self) -> float:
        """Seconds that were pushed and not taken yet."""

    @property
    def left_out(self) -> float:
        """Seconds of pushed sound that were left out to catch up."""
