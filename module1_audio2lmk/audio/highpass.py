"""High-pass filter of speech: rumble and direct current taken out as the samples come."""

from functools import cache

import numpy as np

from .waveform import SAMPLE_RATE

CUTOFF = 30.0  # Hz
_BLOCK = 64  # samples that one matrix product filters
_QUALITIES = (0.5 / np.cos(np.pi / 5), 0.5 / np.cos(2 * np.pi / 5))  # of the two pairs of poles of order 5
_STATES = 2 * len(_QUALITIES) + 1


class HighPass:
    """Causal Butterworth high-pass of order 5 at 30 Hz, a stream: the cut changes not a bit of the result.

    The recursion is written as blocks in state space. (SciPy's `sosfilt` gives the same to 1e-12, and takes
    more than a second to import.)
    """

    def __init__(self) -> None:
        self._matrix = _block_matrix()
        self._known = np.zeros(_BLOCK + _STATES)  # the block's samples, 0 where they are still to come; state
        self._filled = 0

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """The next (n,) samples → (n,) float64."""
        samples = np.asarray(samples, np.float64)
        filtered = np.empty(len(samples))
        done = 0
        while done < len(samples):
            begin = self._filled
            end = min(_BLOCK, begin + len(samples) - done)
            self._known[begin:end] = samples[done : done + end - begin]
            # Always the whole block: products of other shapes round differently.
            found = self._matrix @ self._known
            filtered[done : done + end - begin] = found[begin:end]
            done += end - begin
            self._filled = end
            if end == _BLOCK:
                self._known[:_BLOCK], self._known[_BLOCK:] = 0, found[_BLOCK:]
                self._filled = 0
        return filtered


@cache
def _block_matrix() -> np.ndarray:
    """(block of samples, state) → (block filtered, next state): the responses to unit inputs as columns."""
    inputs = np.eye(_BLOCK + _STATES)
    block, state = inputs[:_BLOCK], inputs[_BLOCK:]
    warped = np.tan(np.pi * CUTOFF / SAMPLE_RATE)
    filtered = np.zeros_like(block)
    for index, sample in enumerate(block):
        state = state.copy()
        for pair, quality in enumerate(_QUALITIES):
            # Bilinear transform of s² / (s² + s / Q + 1), direct form II transposed.
            scale = 1 / (1 + warped / quality + warped**2)
            first, second = 2 * (warped**2 - 1) * scale, (1 - warped / quality + warped**2) * scale
            low, high = 2 * pair, 2 * pair + 1
            out = scale * sample + state[low]
            state[low] = -2 * scale * sample - first * out + state[high]
            state[high] = scale * sample - second * out
            sample = out
        scale = 1 / (1 + warped)
        out = scale * sample + state[-1]
        state[-1] = -scale * sample - (warped - 1) * scale * out
        filtered[index] = out
    return np.concatenate((filtered, state))
