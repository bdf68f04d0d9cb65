"""Brows: whether they rise as far, as fast, as often, and where those of people who speak do."""

import numpy as np

from module1_audio2lmk.audio.waveform import FRAME_RATE, frame_energy
from module1_audio2lmk.foundation.face.geometry import BROWS, smooth
from module1_audio2lmk.motion.head import motion_named
from module1_audio2lmk.training.clips import Clip
from module1_audio2lmk.training.face_space import displacement_of

from . import Figure, Setting, listed, speech_test

_MIN_SECONDS = 6.0
_SEEDS = 5
_RISE = 0.012  # normalised units from the lowest place that are a raise: 2 px of the 512 crop
_LULL = 0.24  # s of sound about the onset of a raise
_FLOOR = -50.0  # dB
MEASURES = ("range", "speed", "raises a minute", "loudness at their onset")


def describe(brows: np.ndarray, waveform: np.ndarray) -> np.ndarray:
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
def brows(setting: Setting) -> list[Figure]:
    """Generated brows against those of all clips of the cache."""
    network = setting.speech(head_motion="generated").pose_network
    clips = [clip for clip in setting.others + setting.clips if clip.seconds >= _MIN_SECONDS]
    real = np.array([describe(_height(clip), clip.waveform) for clip in clips])
    made = np.array(
        [
            describe(motion_named("generated", network, seed).poses(_moved(clip))[1], clip.waveform)
            for clip in clips
            for seed in range(_SEEDS)
        ]
    )
    low, high = np.quantile(real, [0.05, 0.95], axis=0)
    shares = ((made >= low) & (made <= high)).mean(axis=0)
    medians = (
        f"{name} {ours:.3g} (clips {theirs:.3g})"
        for name, ours, theirs in zip(MEASURES, np.median(made, axis=0), np.median(real, axis=0), strict=True)
    )
    detail = f"{listed(dict(zip(MEASURES, shares.tolist(), strict=True)))}; medians: {', '.join(medians)}"
    return [Figure("brows within the 5-95 % band of real ones", float(shares.mean()), 0.9, "higher", detail)]


def _height(clip: Clip) -> np.ndarray:
    return -clip.landmarks[:, BROWS, 1].mean(axis=1)


def _moved(clip: Clip) -> np.ndarray:
    return displacement_of(clip).reshape(-1, 68, 3)
