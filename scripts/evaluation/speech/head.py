"""Head: whether it moves as heads do."""

import numpy as np
from scipy.signal import welch
from scipy.spatial.transform import Rotation

from module1_audio2lmk.foundation.backends import Runtime
from module1_audio2lmk.foundation.face.pose import rotation_from_angles
from module1_audio2lmk.motion.head import motion_named
from module1_audio2lmk.training.clips import Clip
from module1_audio2lmk.training.face_space import displacement_of

from . import Figure, Setting, speech_test

_RATE, _FPS = 62.5, 25.0
_MIN_SECONDS = 6.0
_BANDS = ((0.2, 0.6), (0.6, 1.5), (1.5, 3.0))  # Hz
_SEEDS = 5


def _at_clip_rate(angles: np.ndarray) -> np.ndarray:
    times = np.arange(0, len(angles) / _RATE, 1 / _FPS)
    own = np.arange(len(angles)) / _RATE
    return np.stack([np.interp(times, own, column) for column in angles.T], axis=1)


def turns(angles: np.ndarray) -> np.ndarray:
    """Degrees that the head turns from frame to frame, (T, 3) angles → (T - 1,)."""
    rotations = Rotation.from_matrix(rotation_from_angles(angles))
    return np.degrees((rotations[:-1].inv() * rotations[1:]).magnitude())


def describe(angles: np.ndarray) -> np.ndarray:
    """Range (5-95 %) of yaw, pitch, roll and the logarithm of their power in three bands, (12,)."""
    ranges = np.quantile(angles, 0.95, axis=0) - np.quantile(angles, 0.05, axis=0)
    frequency, power = welch(angles, _FPS, nperseg=min(len(angles), 128), axis=0)
    bands = [power[(frequency >= low) & (frequency < high)].sum(axis=0) for low, high in _BANDS]
    return np.concatenate([ranges, np.log10(np.maximum(bands, 1e-9)).ravel()])


@speech_test
def head(setting: Setting) -> list[Figure]:
    """Generated head motion against the heads of all clips of the cache."""
    speech = setting.speech(head_motion="generated")
    clips = [clip for clip in setting.others + setting.clips if clip.seconds >= _MIN_SECONDS]
    real = np.array([describe(_at_clip_rate(clip.rotation)) for clip in clips])
    low, high = np.quantile(real, [0.05, 0.95], axis=0)
    inside, steps = [], []
    for clip in clips:
        for seed in range(_SEEDS):
            angles = _generated(speech.pose_network, clip, seed)
            described = describe(angles)
            inside.append((described >= low) & (described <= high))
            steps.append(turns(angles).max())
    detail = ", ".join(f"{share:.2f}" for share in np.mean(inside, axis=0))
    detail, band = f"share of sequences, by measure: {detail}", float(np.mean(inside))
    return [
        Figure("largest turn of the head between frames at 25 Hz, degrees", float(max(steps)), 1.5, "lower"),
        Figure("range and spectrum within the 5-95 % band of real heads", band, 0.9, "higher", detail),
    ]


def _generated(network: Runtime | None, clip: Clip, seed: int) -> np.ndarray:
    motion = motion_named("generated", network, seed)
    pose, _ = motion.poses(displacement_of(clip).reshape(-1, 68, 3))
    return _at_clip_rate(pose[:, :3])
