"""Speech in chunks → landmark frames of one face, at any frame rate, with bounded look-ahead."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from .audio.waveform import FRAME_RATE, SAMPLE_RATE
from .foundation.device import one_thread
from .foundation.errors import InputError
from .foundation.tracks import read_between
from .motion.blinks import BlinkProcess
from .motion.content import ContentModel
from .motion.face_rig import FaceRig
from .motion.head import HeadMotion

_PIECE = 10 * SAMPLE_RATE
_FRAME_RATES = (1.0, 62.5)


class Resampler:
    """Frames at 62.5 Hz → frames at ``fps``, frame j at j / fps seconds, by linear interpolation."""

    def __init__(self, fps: Fraction) -> None:
        self._step = Fraction(FRAME_RATE) / fps
        self._next = 0  # number of the next output frame
        self._first = 0  # number of the first input frame kept
        self._kept: np.ndarray | None = None

    def resample(self, frames: np.ndarray) -> np.ndarray:
        """Take (t, ...) input frames and return the output frames that lie between them."""
        self._kept = frames if self._kept is None else np.concatenate([self._kept, frames])
        last = self._first + len(self._kept) - 1
        stop = int(last / self._step) + 1 if last >= 0 else 0
        out = self._read(max(stop, self._next))
        drop = min(int(self._next * self._step) - self._first, len(self._kept) - 1)
        if drop > 0:
            self._kept, self._first = self._kept[drop:], self._first + drop
        return out

    def hold(self, count: int) -> np.ndarray:
        """The output frames up to number ``count``; the last input frame is held."""
        if self._kept is None or not len(self._kept):
            raise ValueError("no frame was ever resampled")
        return self._read(max(count, self._next))

    def _read(self, stop: int) -> np.ndarray:
        assert self._kept is not None
        position = np.array([float(j * self._step - self._first) for j in range(self._next, stop)])
        self._next = stop
        return read_between(self._kept, position)


class LandmarkStream:
    """Feed 16 kHz samples in chunks of any size, get landmark frames (t, 68, 2) px of the 512 crop.

    In all there are round(seconds * fps) frames. A frame comes at most `latency` seconds of sound late. The
    frames do not depend, beyond rounding, on how the samples were cut into chunks.

    content: own content weights.
    rig: the face. head: its motion. blink: its blinks.
    fps: output frames a second.
    """

    def __init__(
        self,
        content: ContentModel,
        rig: FaceRig,
        head: HeadMotion,
        blink: BlinkProcess,
        fps: Fraction | float = 25,
    ) -> None:
        self._model, self._rig, self._head, self._blink = content, rig, head, blink
        self._content = content.stream()
        self._fps = Fraction(fps).limit_denominator(1001)
        self._resampler = Resampler(self._fps)
        self._samples = self._frames = 0

    @property
    def latency(self) -> float:
        """Seconds of sound after its own time that a frame needs."""
        return self._content.latency + 1 / FRAME_RATE

    @one_thread()
    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take (n,) float samples in [-1, 1] and return the frames that are ready, (t, 68, 2) float32."""
        self._samples += len(samples)
        self._head.hear(samples)
        out = self._resampler.resample(self._faces(self._content.articulate(samples)))
        self._frames += len(out)
        return out

    @one_thread()
    def flush(self) -> np.ndarray:
        """End the stream: the last frames, (t, 68, 2) float32. Without any sample there are none."""
        if not self._samples:
            return np.zeros((0, 68, 2), np.float32)
        total = round(self._samples * self._fps / SAMPLE_RATE)
        self._head.hear(np.zeros(0, np.float32), last=True)
        out = self._resampler.resample(self._faces(self._content.finish()))
        out = np.concatenate([out, self._resampler.hold(total)])
        return out[: max(0, total - self._frames)]

    def _faces(self, mouths: np.ndarray) -> np.ndarray:
        count = len(mouths)
        if not count:
            return np.zeros((0, 68, 2), np.float32)
        displacement = self._model.displacement(mouths[:, :-1], mouths[:, -1])
        pose, brows = self._head.poses(displacement)
        faces = self._rig.move(self._rig.speak(displacement), pose, brows, self._blink.closures(count))
        return faces[..., :2].astype(np.float32)


def checked_rate(fps: Fraction | float) -> Fraction:
    """Frames a second as a fraction. Raises InputError outside of 1 to 62.5."""
    if not _FRAME_RATES[0] <= fps <= _FRAME_RATES[1]:
        raise InputError(f"--fps {float(fps):g} is out of range; choose 1 to 62.5")
    return Fraction(fps).limit_denominator(1001)


def whole_file(stream: LandmarkStream, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Run a stream over all blocks of a sound to its end: yields (t, 68, 2) frames at constant memory."""
    for block in blocks:
        for start in range(0, len(block), _PIECE):
            yield stream.push(block[start : start + _PIECE])
    yield stream.flush()
