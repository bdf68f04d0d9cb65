"""Sound of a user: a file or samples, read in blocks and checked as it is read."""

import os
from collections.abc import Iterator

import numpy as np

from ..foundation.errors import InputError
from ..foundation.media import is_silent, iter_audio
from .waveform import SAMPLE_RATE


class Sound:
    """A sound that can be read several times, in blocks, and is checked as it is read."""

    def __init__(self, audio: str | os.PathLike[str] | np.ndarray) -> None:
        self._audio = audio
        self.silent, self.samples = True, 0

    def blocks(self) -> Iterator[np.ndarray]:
        """(n,) float32 blocks from the beginning. Raises InputError where it cannot be read or holds values
        that are not finite."""
        self.silent, self.samples = True, 0
        whole = [self._audio] if isinstance(self._audio, np.ndarray) else iter_audio(self._audio, SAMPLE_RATE)
        for block in whole:
            if not np.isfinite(block).all():
                raise InputError("the sound holds values that are not numbers; convert it again")
            self.silent = self.silent and is_silent(block)
            self.samples += len(block)
            yield block
