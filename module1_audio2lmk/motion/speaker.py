"""The speaker branch over speech of any length: in segments without seams, or step by step as a stream."""

from __future__ import annotations

import numpy as np
import torch

from ..audio.mel import MEL_BANDS, WINDOW_FRAMES, sliding_windows
from ..audio.streaming_mel import StreamingMel
from ..audio.voice import RunningVoice
from ..audio.waveform import HOP
from ..foundation.face.geometry import BROWS, PIVOT, load_standard_face
from ..foundation.face.pose import angles_from_rotation, split_pose
from ..networks.speaker_branch import EMBEDDING_SCALE, SpeakerBranch
from ..networks.speaker_encoder import SpeakerEncoder
from .head import GENERATOR_EVERY, POSE_SIZE, HeadMotion, PoseCurve

SEGMENT = 512
_OVERLAP = 64
_MEAN_PRIOR, _MEAN_STEPS = 25, 125  # the running mean starts as if 2 s of rest were heard, and spans 10 s


def frame_windows(features: np.ndarray) -> np.ndarray:
    """One window of 18 frames for each frame (T, C) → (T, 18, C); the last frame is held beyond the end."""
    padded = np.pad(features, ((0, WINDOW_FRAMES - 1), (0, 0)), mode="edge")
    return sliding_windows(padded)


def speaker_displacement(network: SpeakerBranch, features: np.ndarray, embedding: np.ndarray) -> np.ndarray:
    """Displacement (T, 204) of all frames (T, C) of a speech by a voice (256,) of unit length.

    Segments of 512 frames overlap by 64, in which they fade into each other; up to 512 frames are one
    segment, as published.
    """
    windows = frame_windows(features)
    device = next(network.parameters()).device
    voice = torch.from_numpy(np.asarray(embedding, np.float32) * EMBEDDING_SCALE).to(device)[None]
    total = np.zeros((len(features), 204), np.float32)
    weights = np.zeros((len(features), 1), np.float32)
    for start, stop in segments(len(features)):
        part = torch.from_numpy(np.ascontiguousarray(windows[start:stop], np.float32)).to(device)[None]
        with torch.no_grad():
            displacement, _ = network(part, voice)
        weight = _fade(start, stop, len(features))
        total[start:stop] += weight * displacement[0].cpu().numpy()
        weights[start:stop] += weight
    return total / weights


def segments(frames: int) -> list[tuple[int, int]]:
    """First and last + 1 frame of each segment; the last one is moved back so as to be whole."""
    if frames <= SEGMENT:
        return [(0, frames)]
    starts = list(range(0, frames - SEGMENT, SEGMENT - _OVERLAP))
    return [(start, start + SEGMENT) for start in [*starts, frames - SEGMENT]]


def _fade(start: int, stop: int, frames: int) -> np.ndarray:
    """Weights (T, 1) of a segment: ramps where it overlaps another."""
    weight = np.ones(stop - start, np.float32)
    ramp = np.arange(1, _OVERLAP + 1, dtype=np.float32) / (_OVERLAP + 1)
    if start > 0:
        weight[:_OVERLAP] = ramp
    if stop < frames:
        weight[-_OVERLAP:] = ramp[::-1]
    return weight[:, None]


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

    Args:
        network: in evaluation mode, causal. encoder: whose voice it is; None for a neutral one.
        gain: of the poses, one number or (7,), so that strangers, too, move as far as in films.
    """

    def __init__(
        self, network: SpeakerBranch, encoder: SpeakerEncoder | None = None, gain: float | np.ndarray = 1.0
    ) -> None:
        if not network.causal:
            raise ValueError("a stream needs a causal speaker branch")
        self._network, self._gain = network, gain
        self._mel, self._voice = StreamingMel(), RunningVoice(encoder)
        self._features = np.zeros((0, MEL_BANDS), np.float32)  # the last ones, as many as windows need
        self._heard = torch.zeros(1, 0, network.audio_content_encoder.hidden_size)
        self._mean = np.zeros(POSE_SIZE + 1)
        self._frame = 0
        self._curve = PoseCurve()

    def hear(self, samples: np.ndarray, last: bool = False) -> None:
        self._voice.push(samples)
        frames = [self._mel.push(samples)] + ([self._mel.flush()] if last else [])
        self._features = np.concatenate([self._features, *frames])

    def take(self, displacement: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        out = np.empty((len(displacement), POSE_SIZE + 1))
        for index in range(len(out)):
            share = self._frame % GENERATOR_EVERY + 1
            out[index] = self._curve.at(share / GENERATOR_EVERY)
            self._frame += 1
            if share == GENERATOR_EVERY:
                self._curve.add(self._respond())
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
