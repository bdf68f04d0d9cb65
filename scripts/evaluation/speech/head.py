"""Head and brows: whether they move as those of people who speak do: as far, as fast, as often, and when."""

import numpy as np
from scipy.signal import welch
from scipy.spatial.transform import Rotation

from module1_audio2lmk.audio.waveform import FRAME_RATE, frame_energy
from module1_audio2lmk.foundation.backends import Runtime
from module1_audio2lmk.foundation.face.geometry import BROWS, smooth
from module1_audio2lmk.foundation.face.pose import rotation_from_angles
from module1_audio2lmk.motion.head import motion_named
from module1_audio2lmk.training import metrics
from module1_audio2lmk.training.clips import Clip
from module1_audio2lmk.training.face_space import displacement_of

from . import Figure, Setting, listed, speech_test

_MIN_SECONDS = 6.0
_BANDS = ((0.2, 0.6), (0.6, 1.5), (1.5, 3.0))  # Hz
_SEEDS = 5
_RISE = 0.012  # normalised units from the lowest place that are a raise: 2 px of the 512 crop
_LULL = 0.24  # s of sound about the onset of a raise
_FLOOR = -50.0  # dB
MEASURES = ("range", "speed", "raises a minute", "loudness at their onset")


def turns(angles: np.ndarray) -> np.ndarray:
    """Degrees that the head turns from frame to frame, (T, 3) angles → (T - 1,)."""
    rotations = Rotation.from_matrix(rotation_from_angles(angles))
    return np.degrees((rotations[:-1].inv() * rotations[1:]).magnitude())


def describe_head(angles: np.ndarray) -> np.ndarray:
    """Range (5-95 %) of yaw, pitch, roll and the logarithm of their power in three bands, (12,)."""
    ranges = np.quantile(angles, 0.95, axis=0) - np.quantile(angles, 0.05, axis=0)
    rate = metrics.CLIP_RATE
    frequency, power = welch(angles, rate, nperseg=min(len(angles), 128), axis=0)
    bands = [power[(frequency >= low) & (frequency < high)].sum(axis=0) for low, high in _BANDS]
    return np.concatenate([ranges, np.log10(np.maximum(bands, 1e-9)).ravel()])


def describe_brows(brows: np.ndarray, waveform: np.ndarray) -> np.ndarray:
    """`MEASURES` (4,) of the height of brows (T,) at 62.5 Hz, normalised units: range (5-95 %), 95 % of the
    speed a second, raises a minute, and how much louder it is at their onset, in deviations of the clip."""
    brows = smooth(brows, 15, 2)
    loudness = np.maximum(frame_energy(waveform)[: len(brows)], _FLOOR)
    about = round(_LULL / 2 * FRAME_RATE)
    onsets = raises(brows)
    loud = [loudness[max(0, onset - about) : onset + about + 1].mean() for onset in onsets]
    stress = (np.mean(loud) - loudness.mean()) / max(float(loudness.std()), 1e-6) if loud else 0.0
    span = float(np.diff(np.quantile(brows, [0.05, 0.95]))[0])
    speed = float(np.quantile(np.abs(np.diff(brows)), 0.95) * FRAME_RATE)
    return np.array([span, speed, 60 * FRAME_RATE * len(onsets) / len(brows), stress])


def raises(brows: np.ndarray) -> list[int]:
    """Frames at which brows (T,) begin to rise by `_RISE`; from one to the next they fall as far."""
    onsets, lowest, highest, rising = [], 0, 0, False
    for frame, height in enumerate(brows):
        if rising:
            highest = frame if height > brows[highest] else highest
            if height < brows[highest] - _RISE:
                rising, lowest = False, frame
        elif height < brows[lowest]:
            lowest = frame
        elif height > brows[lowest] + _RISE:
            low = np.flatnonzero(brows[lowest:frame] <= brows[lowest] + _RISE / 4)
            rising, highest = True, frame
            onsets.append(lowest + int(low[-1]))
    return onsets


@speech_test
def head(setting: Setting) -> list[Figure]:
    """Generated head motion against the heads of all clips of the cache."""
    network, clips = setting.speech(head_motion="generated").pose_network, long_clips(setting)
    poses = [generated(network, clip, seed)[0] for clip in clips for seed in range(_SEEDS)]
    angles = [metrics.at_clip_rate(pose[:, :3]) for pose in poses]
    real = [describe_head(metrics.at_clip_rate(clip.rotation)) for clip in clips]
    shares = shares_inside(real, [describe_head(each) for each in angles])
    detail = f"share of sequences, by measure: {', '.join(f'{share:.2f}' for share in shares)}"
    band, most = float(shares.mean()), float(max(turns(each).max() for each in angles))
    return [
        Figure("largest turn of the head between frames at 25 Hz, degrees", most, 1.5, "lower"),
        Figure("range and spectrum within the 5-95 % band of real heads", band, 0.9, "higher", detail),
    ]


@speech_test
def brows(setting: Setting) -> list[Figure]:
    """Generated brows against those of all clips of the cache."""
    network, clips = setting.speech(head_motion="generated").pose_network, long_clips(setting)
    real = [describe_brows(-c.landmarks[:, BROWS, 1].mean(axis=1), c.waveform) for c in clips]
    made = [
        describe_brows(generated(network, clip, seed)[1], clip.waveform)
        for clip in clips
        for seed in range(_SEEDS)
    ]
    shares = shares_inside(real, made)
    medians = (
        f"{name} {ours:.3g} (clips {theirs:.3g})"
        for name, ours, theirs in zip(MEASURES, np.median(made, axis=0), np.median(real, axis=0), strict=True)
    )
    detail = f"{listed(dict(zip(MEASURES, shares.tolist(), strict=True)))}; medians: {', '.join(medians)}"
    return [Figure("brows within the 5-95 % band of real ones", float(shares.mean()), 0.9, "higher", detail)]


def long_clips(setting: Setting) -> list[Clip]:
    """Those of all clips in which a head has time to move."""
    return [clip for clip in setting.others + setting.clips if clip.seconds >= _MIN_SECONDS]


def generated(network: Runtime | None, clip: Clip, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Poses (T, 6) and brows (T,) that go with the mouth of a clip."""
    return motion_named("generated", network, seed).poses(displacement_of(clip).reshape(-1, 68, 3))


def shares_inside(real: list[np.ndarray], made: list[np.ndarray]) -> np.ndarray:
    """By measure, (M,): the share of descriptions (M,) within the 5-95 % band of the real ones."""
    low, high = np.quantile(real, [0.05, 0.95], axis=0)
    return ((np.array(made) >= low) & (np.array(made) <= high)).mean(axis=0)
