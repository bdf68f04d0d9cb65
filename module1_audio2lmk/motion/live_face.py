"""Live face: faces at 62.5 Hz, speaking or at rest, without a jump between the two."""

import numpy as np

from ..audio.waveform import FRAME_RATE
from .blinks import BlinkProcess
from .face_rig import FaceRig
from .head import POSE_SIZE, HeadMotion

_SHUTTING = 5  # mouths of 16 ms within which an interrupted one shuts
_CALM = 0.4  # head motion at rest, as a share of that in speech
_CALMING = 0.6  # s, time constant between the two
_BREATHS, _BREATH_RISE, _BREATH_GROWTH = 0.25, 0.006, 0.002  # a second; normalised units; relative size


class LiveFace:
    """One person's face through speech and rest; head motion and blinks go on through both."""

    def __init__(self, rig: FaceRig, head: HeadMotion, blink: BlinkProcess) -> None:
        self._rig, self._head, self._blink = rig, head, blink
        self._last = np.zeros((68, 3))  # displacement with which speech ended
        self._left = 0  # mouths until it is shut
        self._liveliness = _CALM
        self._count = 0

    @property
    def shut(self) -> bool:
        """Whether the mouth of who rests is shut."""
        return self._left == 0

    def speak(self, displacement: np.ndarray) -> np.ndarray:
        """(t, 68, 3) displacements → (t, 68, 2) float32 px of the crop."""
        if len(displacement):
            self._last, self._left = displacement[-1], _SHUTTING
        return self._faces(displacement, 1.0)

    def rest(self, count: int) -> np.ndarray:
        """`count` faces of someone who says nothing, (count, 68, 2) float32 px."""
        left = np.maximum(self._left - 1 - np.arange(count), 0) / _SHUTTING
        self._left = max(0, self._left - count)
        return self._faces(left[:, None, None] * self._last, _CALM)

    def _faces(self, displacement: np.ndarray, aim: float) -> np.ndarray:
        count = len(displacement)
        if not count:
            return np.zeros((0, 68, 2), np.float32)
        pose, brows = self._head.poses(displacement)
        steps = np.arange(1, count + 1)
        share = aim + (self._liveliness - aim) * np.exp(-steps / FRAME_RATE / _CALMING)
        self._liveliness = float(share[-1])
        pose = pose * share[:, None] + _breath(self._count + steps)
        self._count += count
        closures = self._blink.closures(count)
        return self._rig.move(self._rig.speak(displacement), pose, brows, closures)[..., :2].astype(
            np.float32
        )


def _breath(frames: np.ndarray) -> np.ndarray:
    """The pose (t, 6) of breathing alone: the head rises and comes a little nearer."""
    pose = np.zeros((len(frames), POSE_SIZE))
    wave = np.sin(2 * np.pi * _BREATHS * frames / FRAME_RATE)
    pose[:, 4], pose[:, 5] = -_BREATH_RISE * wave, _BREATH_GROWTH * wave
    return pose
