"""Switch: one face, moved by whichever source is chosen, without a jump."""

import threading

import numpy as np

from module1_audio2lmk.foundation.live import Moment, MotionSource

_BLEND = 8  # frames in which the face goes over to another source


class Switch:
    """A `MotionSource` that is one of several, of one `fps`; all sound goes out at the first one's rate.

    The first one speaks; the others give no sound.
    """

    over = False

    def __init__(self, sources: dict[str, MotionSource]) -> None:
        self.sources = sources
        self.chosen = next(iter(sources))
        first = sources[self.chosen]
        self.fps, self.sound_rate = first.fps, first.sound_rate
        self._frame = self._left = 0
        self._shown: np.ndarray | None = None
        self._lock = threading.Lock()

    @property
    def current(self) -> MotionSource:
        return self.sources[self.chosen]

    @property
    def pending(self) -> float:
        return self.current.pending

    @property
    def left_out(self) -> float:
        return sum(source.left_out for source in self.sources.values())

    def choose(self, name: str) -> None:
        """Go over to another source; what was pushed into the one before is forgotten."""
        with self._lock:
            if name != self.chosen:
                self.current.interrupt()
                self.chosen, self._left = name, _BLEND
        self.current.interrupt()

    def push(self, samples: np.ndarray, rate: int) -> None:
        self.current.push(samples, rate)

    def interrupt(self) -> None:
        self.current.interrupt()

    def finish(self) -> None:
        self.over = True

    def advance(self) -> bool:
        return self.current.advance()

    def take(self, skipped: int = 0) -> Moment:
        with self._lock:
            moment = self.current.take(skipped)
            first, self._frame = self._frame, self._frame + skipped + 1
            start, stop = (round(frame * self.sound_rate / self.fps) for frame in (first, self._frame))
            sound = moment.sound if self._is_first else np.zeros(stop - start, np.float32)
            landmarks = moment.landmarks
            if self._left and self._shown is not None:
                landmarks = landmarks + (self._shown - landmarks) * np.float32(self._left / (_BLEND + 1))
                self._left -= 1
            self._shown = landmarks
        return moment._replace(landmarks=landmarks, sound=sound)

    @property
    def _is_first(self) -> bool:
        return self.chosen == next(iter(self.sources))
