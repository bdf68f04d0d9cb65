"""Blinks: when they come (a seeded process) and how the eyelids move."""

import numpy as np

from ..foundation.errors import InputError
from ..foundation.face.geometry import LOWER_LIDS, UPPER_LIDS

NATURAL_PER_MINUTE = 17.0  # spontaneous rate of people who talk

_MEETING = 0.75  # the lids meet at 1/4 upper + 3/4 lower lid: mostly the upper one moves


class BlinkProcess:
    """An endless sequence of blinks with natural irregular intervals, the same for the same seed.

    Intervals between onsets are log-normal, at least half a second; a blink closes within about 0.1 s, stays
    shut for an instant and opens in about 0.2 s. The sequence does not depend on how `closures` cuts it up.

    frame_rate: frames a second.
    per_minute: mean number of blinks a minute; 0 gives none.
    seed: of the random numbers.
    Raises ValueError for a rate outside 0 to 60 blinks a minute, or a frame rate that is not positive.
    """

    def __init__(self, frame_rate: float, per_minute: float = NATURAL_PER_MINUTE, seed: int = 0) -> None:
        if not 0 <= per_minute <= 60 or not frame_rate > 0:
            raise ValueError(f"{per_minute} blinks a minute at {frame_rate} frames a second: not possible")
        self._rate, self._per_minute = frame_rate, per_minute
        self._random = np.random.default_rng(seed)
        self._frame = 0
        self._onset = 0.0
        self._active: list[np.ndarray] = []
        if per_minute:
            self._onset = self._interval() * self._random.uniform(0.3, 1.0)

    def closures(self, frames: int) -> np.ndarray:
        """Closure of the eyes in the next ``frames`` frames, (frames,) float32 from 0 (open) to 1 (shut)."""
        times = (self._frame + np.arange(frames)) / self._rate
        self._frame += frames
        if not self._per_minute or not frames:
            return np.zeros(frames, np.float32)
        while self._onset <= times[-1]:
            self._active.append(self._blink(self._onset))
            self._onset += self._interval()
        closure = np.zeros(frames)
        for blink in self._active:
            closure = np.maximum(closure, np.interp(times, blink, (0, 1, 1, 0)))
        self._active = [blink for blink in self._active if blink[-1] > times[-1]]
        return (0.5 - 0.5 * np.cos(np.pi * closure)).astype(np.float32)

    def _interval(self) -> float:
        mean, spread = 60 / self._per_minute, 0.5
        return max(0.5, float(self._random.lognormal(np.log(mean) - spread**2 / 2, spread)))

    def _blink(self, onset: float) -> np.ndarray:
        """Times (s) at which the eye starts to close, is shut, starts to open, is open."""
        durations = self._random.uniform((0.08, 0.02, 0.16), (0.12, 0.06, 0.26))
        return onset + np.concatenate([[0], np.cumsum(durations)])


def close_eyes(landmarks: np.ndarray, closure: np.ndarray) -> np.ndarray:
    """Close the eyes of (T, 68, D) landmarks by ``closure`` (T,), 0 = as they are, 1 = the lids meet; a copy.

    Each lid point moves along the line to its opposite, so the motion follows the head.
    """
    moved = np.array(landmarks)
    upper, lower = landmarks[:, UPPER_LIDS], landmarks[:, LOWER_LIDS]
    meeting = (1 - _MEETING) * upper + _MEETING * lower
    weight = np.asarray(closure)[:, None, None]
    moved[:, UPPER_LIDS] = upper + weight * (meeting - upper)
    moved[:, LOWER_LIDS] = lower + weight * (meeting - lower)
    return moved


def blink_rate(blink: str | float) -> float:
    """natural, none or a number → blinks a minute. Raises InputError for anything else, or a number outside
    of 0 to 60."""
    named = {"natural": NATURAL_PER_MINUTE, "none": 0.0}
    try:
        rate = named[blink] if isinstance(blink, str) and blink in named else float(blink)
    except ValueError:
        raise InputError(f"unknown --blink {blink!r}; choose natural, none or blinks a minute") from None
    if not 0 <= rate <= 60:
        raise InputError(f"--blink {rate:g} is out of range; choose 0 to 60 a minute")
    return rate
