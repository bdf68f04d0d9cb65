"""The speaker branch over speech of any length, in segments without seams, and head poses from it."""

from __future__ import annotations

import numpy as np
import torch

from .audio import WINDOW_FRAMES, sliding_windows
from .head_motion import PIVOT, POSE_SIZE
from .landmarks import BROWS, load_standard_face, smooth
from .models.speaker_branch import EMBEDDING_SCALE, SpeakerBranch
from .registration import angles_from_rotation, split_pose

SEGMENT = 512
_OVERLAP = 64
_SMOOTHING = (31, 3)


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


def poses_of(displacement: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The head motion in a displacement (T, 204) of the standard face: poses (T, 6) and brows (T,).

    Smoothed as published and taken about its mean over the speech.
    """
    moved = smooth(displacement, *_SMOOTHING).reshape(-1, 68, 3)
    standard = load_standard_face()
    registered, pose = split_pose(standard + moved, standard)
    pivot = pose.scale[:, None] * np.einsum("tij,j->ti", pose.rotation, PIVOT) + pose.translation
    poses = np.zeros((len(moved), POSE_SIZE))
    poses[:, :3] = angles_from_rotation(pose.rotation)
    poses[:, 3:5] = (pivot - PIVOT)[:, :2]
    poses[:, 5] = pose.scale - 1
    brows = -(registered[:, BROWS, 1] - standard[BROWS, 1]).mean(axis=1)
    return poses - poses.mean(axis=0), brows - brows.mean()
