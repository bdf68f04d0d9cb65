"""Speaker branch as a stream: poses and brows that follow a voice step by step."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from ..audio.mel import Mel
from ..audio.voice import RunningVoice, load_encoder
from ..audio.waveform import HOP
from ..foundation.checkpoints import Found, build, read_metadata
from ..foundation.errors import InputError
from ..foundation.face.geometry import BROWS, PIVOT, load_standard_face
from ..foundation.face.pose import angles_from_rotation, split_pose
from ..networks.speaker_branch import EMBEDDING_SCALE, SpeakerBranch
from ..networks.speaker_encoder import SpeakerEncoder
from .head import GENERATOR_EVERY, POSE_SIZE, HeadMotion, PoseCurve

WINDOW_FRAMES = 18
_MEAN_PRIOR, _MEAN_STEPS = 25, 125  # the running mean starts as if 2 s of rest were heard, and spans 10 s


def sliding_windows(features: np.ndarray, size: int = WINDOW_FRAMES) -> np.ndarray:
    """All windows of ``size`` consecutive frames, step 1: (T, C) → (T - size + 1, size, C), a view.

    Fewer frames than ``size`` give no window: (0, size, C).
    """
    if len(features) < size:
        return np.zeros((0, size, features.shape[1]), features.dtype)
    return np.lib.stride_tricks.sliding_window_view(features, size, axis=0).swapaxes(1, 2)


def frame_windows(features: np.ndarray) -> np.ndarray:
    """One window of 18 frames for each frame (T, C) → (T, 18, C); the last frame is held beyond the end.

    The published networks predict the face at a window's *first* frame.
    """
    padded = np.pad(features, ((0, WINDOW_FRAMES - 1), (0, 0)), mode="edge")
    return sliding_windows(padded)


def poses_of(displacement: np.ndarray) -> np.ndarray:
    """The head motion in a displacement (T, 204) of the standard face: poses with brows (T, 7)."""
    standard = load_standard_face()
    registered, pose = split_pose(standard + displacement.reshape(-1, 68, 3), standard)
    pivot = pose.scale[:, None] * np.einsum("tij,j->ti", pose.rotation, PIVOT) + pose.translation
    poses = np.zeros((len(displacement), POSE_SIZE + 1))
    poses[:, :3] = angles_from_rotation(pose.rotation)
    poses[:, 3:5] = (pivot - PIVOT)[:, :2]
    poses[:, 5] = pose.scale - 1
    poses[:, 6] = -(registered[:, BROWS, 1] - standard[BROWS, 1]).mean(axis=1)
    return poses


def step_windows(features: np.ndarray) -> np.ndarray:
    """The 18 frames that lead up to the end of each step of 80 ms, (T, C) -> (T // 5, 18, C)."""
    padded = np.pad(features, ((WINDOW_FRAMES - GENERATOR_EVERY, 0), (0, 0)), mode="edge")
    count = len(features) // GENERATOR_EVERY
    return sliding_windows(padded)[::GENERATOR_EVERY][:count]


class SpeakerMotion(HeadMotion):
    """Poses and brows of own speaker branch weights, which follow the sound step by step.

    Each step of 80 ms the network responds to what it heard in the last `SpeakerBranch.max_length` steps. Its
    pose is taken about a running mean, so that heads do not drift, and joins a `PoseCurve`.

    network: in evaluation mode, causal. encoder: whose voice it is; None for a neutral one.
    gain: of the poses, one number or (7,), so that strangers, too, move as far as in clips.
    """

    def __init__(
        self, network: SpeakerBranch, encoder: SpeakerEncoder | None = None, gain: float | np.ndarray = 1.0
    ) -> None:
        if not network.causal:
            raise ValueError("a stream needs a causal speaker branch")
        self._network, self._gain = network, gain
        self._mel, self._voice = Mel().stream(), RunningVoice(encoder)
        self._features = np.zeros((0, Mel.size), np.float32)  # the last ones, as many as windows need
        self._heard = torch.zeros(1, 0, network.audio_content_encoder.hidden_size)
        self._mean = np.zeros(POSE_SIZE + 1)
        self._frame = 0
        self._curve = PoseCurve()

    def hear(self, samples: np.ndarray, last: bool = False) -> None:
        self._voice.listen(samples)
        frames = [self._mel.add(samples)] + ([self._mel.finish()] if last else [])
        self._features = np.concatenate([self._features, *frames])

    def poses(self, displacement: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        out = np.empty((len(displacement), POSE_SIZE + 1))
        for index in range(len(out)):
            share = self._frame % GENERATOR_EVERY + 1
            out[index] = self._curve.at(share / GENERATOR_EVERY)
            self._frame += 1
            if share == GENERATOR_EVERY:
                self._curve.extend(self._respond())
        return out[:, :POSE_SIZE], out[:, POSE_SIZE]

    def _respond(self) -> np.ndarray:
        """The pose (7,) after the step that has just ended."""
        network = self._network
        if self._frame == GENERATOR_EVERY:  # before its beginning the sound is held
            self._features = np.pad(
                self._features, ((WINDOW_FRAMES - GENERATOR_EVERY, 0), (0, 0)), mode="edge"
            )
        window = torch.from_numpy(self._features[:WINDOW_FRAMES])
        self._features = self._features[GENERATOR_EVERY:]
        voice = torch.from_numpy(self._voice.at(self._frame * HOP)) * EMBEDDING_SCALE
        with torch.no_grad():
            heard = torch.cat([self._heard, network.hear(window[None, None])], dim=1)
            self._heard = heard[:, -network.max_length :]
            moved, _ = network.respond(self._heard, voice[None])
        pose = self._gain * poses_of(moved[0, -1:].numpy())[0]
        steps = self._frame // GENERATOR_EVERY
        self._mean += (pose - self._mean) / min(steps + _MEAN_PRIOR, _MEAN_STEPS)
        return pose - self._mean


def load_speaker_motion(speaker: Found, encoder: Found | None) -> Callable[[], SpeakerMotion]:
    """What makes the motion of own weights anew, for one speech after the other. Raises InputError for files
    that are damaged, or weights that cannot follow a stream."""
    branch = build(speaker, SpeakerBranch)
    if not branch.causal:
        raise InputError(f"{speaker.path} cannot follow a stream; train it with --network streaming")
    gain = np.array([float(part) for part in read_metadata(speaker.path).get("gain", "1").split(",")])
    return partial(SpeakerMotion, branch, load_encoder(encoder), gain)
