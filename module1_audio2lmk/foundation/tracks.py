"""Tracks: values over time, read between their frames."""

import numpy as np

LONGEST = 4 * 3600.0  # s


def read_between(track: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Frames of a track (T, ...) at fractional places (n,), by linear interpolation; the ends are held.

    (n, ...) of the track's own type, at least float32.
    """
    position = np.clip(position, 0, len(track) - 1)
    before = position.astype(int)
    after = np.minimum(before + 1, len(track) - 1)
    share = (position - before).astype(np.result_type(track, np.float32))
    share = share.reshape(-1, *[1] * (track.ndim - 1))
    return track[before] * (1 - share) + track[after] * share


def resample_evenly(track: np.ndarray, times: np.ndarray, usual: float) -> tuple[np.ndarray, float]:
    """Frames (T, ...) at times (T,) s, some of them missing, at the rate that most of them have, and that.

    usual: rate of a single frame. Raises ValueError where the times do not run on, last over 4 hours, or
    the rate is not 1 to 1000 frames a second.
    """
    steps, span = np.diff(times), float(times[-1] - times[0])
    if not np.isfinite(times).all() or (steps <= 0).any() or span > LONGEST:
        raise ValueError("its times do not run on")
    step = float(np.median(steps)) if len(steps) else 1 / usual
    if not 1 / 1000 <= step <= 1:
        raise ValueError(f"it has {1 / step:g} frames a second, which cannot be")
    # Stamps are rounded: the mean of many steps is the rate, one step is not.
    count = round(span / step) + 1
    fps = (count - 1) / span if count > 1 else 1 / step
    even = np.interp(times[0] + np.arange(count) / fps, times, np.arange(len(times)))
    return read_between(track, even), fps
