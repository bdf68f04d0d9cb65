"""Speech and one aligned face → landmark frames: the whole of the module behind one call."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import torch

from .audio import SAMPLE_RATE
from .blinks import NATURAL_PER_MINUTE, BlinkProcess
from .content_stream import ContentModel, load_content_stream
from .face import AlignedFace
from .face_rig import Amplitudes, FaceRig, opening_direction
from .foundation.checkpoints import Found, find
from .foundation.device import pick_device
from .foundation.errors import InputError, warn
from .foundation.media import is_silent, iter_audio
from .head_motion import motion_named
from .models.pose_generator import PoseGenerator
from .own_weights import load_own
from .streaming import LandmarkStream, whole_file

#: Values of the published flags at which own weights move as much as in the films they learned from.
PUBLISHED_LIPS, PUBLISHED_HEAD = 2.0, 0.5
_FRAME_RATES = (1.0, 62.5)


class SpeechToLandmarks:
    """Makes a face speak: sound and an `AlignedFace` in, (T, 68, 2) landmark frames out.

    Published checkpoints are used where they lie in ``checkpoints_dir``, own weights otherwise.

    Args:
        checkpoints_dir: folder of checkpoints.
        device: a torch device or its name; own networks are so small that the CPU is as good.
        load_autovc, load_content, load_speaker: files to use instead of those found.
        amp_lip_x, amp_lip_y: amplitude of the lips, 2 is natural; amp_lip_y also drives the jaw.
        amp_pos: amplitude of the head motion, 0.5 is natural.
        amp_brow: amplitude of the brows, 1 is natural.
        head_motion: none, speaker_branch, generated, or a .csv file of poses at 25 Hz.
        blink: natural, none, or a number of blinks a minute.
        seed: of head motion and blinks.

    Raises:
        InputError: a file that is missing or does not fit, or a value out of range.
    """

    def __init__(
        self,
        checkpoints_dir: str | os.PathLike[str] = "checkpoints",
        device: str | torch.device = "auto",
        load_autovc: str | os.PathLike[str] | None = None,
        load_content: str | os.PathLike[str] | None = None,
        load_speaker: str | os.PathLike[str] | None = None,
        amp_lip_x: float = PUBLISHED_LIPS,
        amp_lip_y: float = PUBLISHED_LIPS,
        amp_pos: float = PUBLISHED_HEAD,
        amp_brow: float = 1.0,
        head_motion: str = "generated",
        blink: str | float = "natural",
        seed: int = 0,
    ) -> None:
        for name, value in ("amp_lip_x", amp_lip_x), ("amp_lip_y", amp_lip_y), ("amp_pos", amp_pos):
            if not 0 <= value <= 10:
                raise InputError(f"--{name} {value} is out of range; choose 0 to 10")
        self.device = device if isinstance(device, torch.device) else pick_device(device)
        self.seed, self.head_motion = seed, str(head_motion)
        self.blinks_per_minute = blink_rate(blink)
        self._amplitudes = Amplitudes(
            amp_lip_x / PUBLISHED_LIPS, amp_lip_y / PUBLISHED_LIPS, amp_pos / PUBLISHED_HEAD, amp_brow
        )
        self._content_file = _found("content_branch", checkpoints_dir, load_content)
        self._content: ContentModel = load_content_stream(self._content_file.path, "cpu")
        self._opening = opening_direction(self._content.basis)
        self._pose_file = find("pose_generator", checkpoints_dir) if self.head_motion == "generated" else None
        self.pose_network = _load_pose_generator(self._pose_file)
        motion_named(self.head_motion, self.pose_network, seed)  # an unusable name is told at once

    def describe(self) -> str:
        """One line on the weights in use."""
        parts = [f"content {_origin(self._content_file)}"]
        head = self.head_motion
        parts.append(f"head motion {head}" + (f" {_origin(self._pose_file)}" if self._pose_file else ""))
        return "speech: " + ", ".join(parts)

    def stream(self, face: AlignedFace, fps: Fraction | float = 25) -> LandmarkStream:
        """A stream that makes ``face`` speak: push samples, get landmark frames.

        Raises:
            InputError: frames a second outside of 1 to 62.5.
        """
        if not _FRAME_RATES[0] <= fps <= _FRAME_RATES[1]:
            raise InputError(f"--fps {float(fps):g} is out of range; choose 1 to 62.5")
        rig = FaceRig(face.landmarks, self._opening, self._amplitudes)
        head = motion_named(self.head_motion, self.pose_network, self.seed)
        blink = BlinkProcess(62.5, self.blinks_per_minute, self.seed)
        return LandmarkStream(self._content, rig, head, blink, fps)

    def frames(
        self, audio: str | os.PathLike[str] | np.ndarray, face: AlignedFace, fps: Fraction | float = 25
    ) -> Iterator[np.ndarray]:
        """The frames of `__call__` as they become ready, in pieces (t, 68, 2), at constant memory."""
        yield from whole_file(self.stream(face, fps), _blocks(audio))

    def __call__(
        self, audio: str | os.PathLike[str] | np.ndarray, face: AlignedFace, fps: Fraction | float = 25
    ) -> np.ndarray:
        """Landmark frames for a whole sound.

        Args:
            audio: any sound or video file, or (N,) float32 samples at 16 kHz in [-1, 1].
            face: the aligned photo.
            fps: frames a second, up to 62.5.

        Returns:
            (T, 68, 2) float32 px of the 512 crop, T = round(seconds * fps).

        Raises:
            InputError: a sound that cannot be read, is too short or holds values that are not finite.
        """
        return np.concatenate(list(self.frames(audio, face, fps)))


def blink_rate(blink: str | float) -> float:
    """natural, none or a number → blinks a minute.

    Raises:
        InputError: anything else, or a number outside of 0 to 60.
    """
    named = {"natural": NATURAL_PER_MINUTE, "none": 0.0}
    try:
        rate = named[blink] if isinstance(blink, str) and blink in named else float(blink)
    except ValueError:
        raise InputError(f"unknown --blink {blink!r}; choose natural, none or blinks a minute") from None
    if not 0 <= rate <= 60:
        raise InputError(f"--blink {rate:g} is out of range; choose 0 to 60 a minute")
    return rate


def _blocks(audio: str | os.PathLike[str] | np.ndarray) -> Iterator[np.ndarray]:
    """The sound in blocks, checked; a silent one is told of."""
    silent = True
    blocks = [audio] if isinstance(audio, np.ndarray) else iter_audio(audio, SAMPLE_RATE)
    for block in blocks:
        if not np.isfinite(block).all():
            raise InputError("the sound holds values that are not numbers; convert it again")
        silent = silent and is_silent(block)
        yield block
    if silent:
        warn("the sound is silent: the mouth stays closed")


def _found(
    key: str, checkpoints_dir: str | os.PathLike[str], override: str | os.PathLike[str] | None
) -> Found:
    found = find(key, checkpoints_dir, override)
    if found is None:
        raise InputError(f"no weights of the {key.replace('_', ' ')}; {checkpoints_dir}/default lacks them")
    return found


def _origin(found: Found) -> str:
    label = {"published": "published", "default": "own defaults", "user": "as given"}[found.origin]
    return f"{label} ({found.path})"


def _load_pose_generator(found: Found | None) -> PoseGenerator | None:
    if found is None:
        return None
    return load_own(found.path, PoseGenerator)
