"""Lips against those of the clip whose sound they follow, and what other voices in the background cost."""

import numpy as np

from module1_audio2lmk.training import metrics
from module1_audio2lmk.training.clips import Clip

from . import Figure, Setting, face_of, listed, speech_test

_SNR = 10.0
_VOICES = 6


def fit(
    setting: Setting, clip: Clip, waveform: np.ndarray | None = None, look_ahead: str = "whole"
) -> dict[str, float]:
    """Figures of one clip, its own face at rest moved by its sound (or by another version of it)."""
    sound = clip.waveform if waveform is None else waveform
    made = setting.speech(look_ahead=look_ahead)(sound, face_of(clip.rest), metrics.CLIP_RATE)
    real = metrics.at_clip_rate(clip.landmarks)
    length = min(len(made), len(real))
    return metrics.clip_figures(made[:length], real[:length], rate=metrics.CLIP_RATE)


@speech_test
def clip_fit(setting: Setting) -> list[Figure]:
    """Held-out clips: openings, their velocity, and the shape of the lips against the best constant one."""
    scores = {clip.name: fit(setting, clip) for clip in setting.clips}
    live = {clip.name: fit(setting, clip, look_ahead="live")["opening"] for clip in setting.clips}
    live_mean = float(np.mean(list(live.values())))

    def mean(key: str) -> float:
        return float(np.mean([score[key] for score in scores.values()]))

    openings = np.array([score["opening"] for score in scores.values()])
    each = listed({name: score["opening"] for name, score in scores.items()})
    return [
        Figure("mouth-opening correlation", mean("opening"), 0.70, "higher", each),
        Figure("mouth-opening correlation, live", live_mean, 0.70, "higher", listed(live)),
        Figure("share of clips with a correlation of 0.45", float((openings >= 0.45).mean()), 0.9, "higher"),
        Figure("velocity correlation", mean("velocity"), 0.4, "higher"),
        Figure("lip distance under that of the best constant shape", mean("lip_gain"), 0.35, "higher"),
    ]


def babble_noise(setting: Setting, samples: int, random: np.random.Generator) -> np.ndarray:
    """Six voices of other clips at once, (samples,)."""
    noise = np.zeros(samples)
    for index in random.choice(len(setting.others), size=_VOICES):
        voice = setting.others[index].waveform
        voice = np.roll(voice, random.integers(len(voice)))
        noise += np.resize(voice, samples) / max(float(voice.std()), 1e-6)
    return noise


@speech_test
def babble(setting: Setting) -> list[Figure]:
    """Loss of mouth-opening correlation with babble at 10 dB SNR."""
    random = np.random.default_rng(setting.seed)
    losses = []
    for clip in setting.clips:
        noise = babble_noise(setting, len(clip.waveform), random)
        noise *= float(clip.waveform.std()) / noise.std() * 10 ** (-_SNR / 20)
        noisy = np.clip(clip.waveform + noise, -1, 1).astype(np.float32)
        losses.append(fit(setting, clip)["opening"] - fit(setting, clip, noisy)["opening"])
    return [Figure("loss of correlation with babble at 10 dB", float(np.mean(losses)), 0.1, "lower")]
