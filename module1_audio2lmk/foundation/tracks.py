"""Tracks: values over time, read between their frames."""

import numpy as np


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
