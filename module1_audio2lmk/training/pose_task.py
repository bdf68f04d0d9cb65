"""Training task of the head pose generator: likelihood of the real heads' motion."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..foundation.errors import InputError
from ..foundation.face.geometry import BROWS
from ..motion.head import GENERATOR_EVERY, mouth_activity
from ..networks.pose_generator import PoseGenerator
from .clips import Clip
from .face_space import displacement_of
from .task import SpeechTask

_LEAST_DEVIATION = 1e-4  # of what never moves in the clips: it is divided by
_STEPS = 60  # of a sequence
#: Noise on the poses that the network is shown, in their deviations: it learns to find back from its errors.
_NOISE = 0.08
_MAX_JUMP = 12.0  # degrees in 80 ms: the tracking was lost
_MIRROR = np.array([-1, 1, -1, -1, 1, 1, 1], np.float32)  # yaw, roll and x change sign


class PoseTrack(NamedTuple):
    """poses (T, 7): angles, shift, size, brows; activity (T, 2); one step of 80 ms each."""

    poses: np.ndarray
    activity: np.ndarray


def pose_track(clip: Clip) -> PoseTrack:
    """The head of a clip at 12.5 Hz, about its mean."""
    brows = -(clip.landmarks[:, BROWS, 1] - clip.rest[BROWS, 1]).mean(axis=1)
    poses = np.concatenate([clip.rotation, clip.translation, brows[:, None]], axis=1)
    activity = mouth_activity(displacement_of(clip).reshape(-1, 68, 3))
    count = len(poses) // GENERATOR_EVERY
    means = [
        part[: count * GENERATOR_EVERY].reshape(count, GENERATOR_EVERY, -1).mean(axis=1)
        for part in (poses, activity)
    ]
    return PoseTrack((means[0] - means[0].mean(axis=0)).astype(np.float32), means[1].astype(np.float32))


def usable(track: PoseTrack) -> bool:
    """Long enough, and followed without a jump."""
    jump = np.linalg.norm(np.diff(track.poses[:, :3], axis=0), axis=1).max(initial=0)
    return len(track.poses) > _STEPS and bool(jump < _MAX_JUMP)


def _deviation(values: np.ndarray) -> Tensor:
    """Standard deviation (C,) of the columns of (T, C), never 0."""
    return torch.from_numpy(np.maximum(values.std(axis=0), _LEAST_DEVIATION))


class PoseTask(SpeechTask):
    """Speech task of the pose generator.

    training, validation: talking clips. network: its scales are set from the data.
    Raises InputError where no clip has enough head motion that could be followed.
    """

    file = "pose_generator.safetensors"

    def __init__(self, training: list[Clip], validation: list[Clip], network: PoseGenerator) -> None:
        self._training = [track for track in map(pose_track, training) if usable(track)]
        self._validation = [track for track in map(pose_track, validation) if usable(track)]
        if not self._training:
            raise InputError("no clip is long enough and followed well enough to learn head motion from")
        arguments = {"pose_size": network.pose_size, "hidden": network.hidden}
        super().__init__({"pose": network}, arguments)
        poses = np.concatenate([track.poses for track in self._training])
        changes = np.concatenate([np.diff(track.poses, axis=0) for track in self._training])
        activity = np.concatenate([track.activity for track in self._training])
        network.scale.copy_(_deviation(poses))
        network.change_scale.copy_(_deviation(changes))
        network.condition_scale.copy_(_deviation(activity))

    def losses(self, step: int, rank: int, world: int) -> dict[str, Tensor]:
        return {"main": self.likelihood(*self.drawn(self._draw, step, rank, world))}

    def likelihood(self, poses: Tensor, shown: Tensor, activity: Tensor) -> Tensor:
        """Mean negative log-likelihood of (B, T + 1, 7) poses, given those ``shown`` before each."""
        network = self.network
        poses, shown, activity = (part.to(network.scale.device) for part in (poses, shown, activity))
        mean, deviation = network(shown[:, :-1], activity[:, 1:])
        change = (poses[:, 1:] - shown[:, :-1]) / network.change_scale
        return F.gaussian_nll_loss(mean, change, deviation**2)

    def _draw(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        lengths = np.array([len(track.poses) for track in self._training], float)
        track = self._training[random.choice(len(lengths), p=lengths / lengths.sum())]
        start = random.integers(len(track.poses) - _STEPS)
        poses, activity = (part[start : start + _STEPS + 1] for part in track)
        if random.random() < 0.5:
            poses = poses * _MIRROR
        scale = self.network.scale.cpu().numpy()
        shown = poses + (random.normal(size=poses.shape) * _NOISE * scale).astype(np.float32)
        return poses, shown, activity

    def validate(self) -> dict[str, float]:
        scores = [
            float(self.likelihood(*(torch.from_numpy(part[None]) for part in (t.poses, t.poses, t.activity))))
            for t in self._validation
        ]
        return {"negative_log_likelihood": float(np.mean(scores))} if scores else {}
