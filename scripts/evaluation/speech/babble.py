"""Babble: what other voices in the background cost."""

import numpy as np

from . import Figure, Setting, speech_test
from .clip_fit import fit

_SNR = 10.0
_VOICES = 6


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
