"""Stillness of the mouth when nobody speaks."""

import numpy as np

from module1_audio2lmk.training import metrics

from . import Figure, Setting, face_of, listed, speech_test

_RATE = 16000
_FPS = 25


def _sounds(random: np.random.Generator) -> dict[str, np.ndarray]:
    count = 2 * _RATE
    white = random.normal(size=count)
    brown = np.cumsum(random.normal(size=count))
    brown -= np.linspace(brown[0], brown[-1], count)
    turns = 2 * np.pi * np.arange(count) / _RATE
    hum = np.sin(50 * turns) + 0.3 * np.sin(150 * turns)
    return {
        "silence": np.zeros(count),
        "faint noise": 0.001 * white,
        "noise": 0.05 * white,
        "rumble": 0.1 * brown / np.abs(brown).max(),
        "hum": 0.05 * hum,
    }


@speech_test
def stillness(setting: Setting) -> list[Figure]:
    """Two seconds of silence or steady noise, alone and after speech: largest opening over the open range."""
    random = np.random.default_rng(setting.seed)
    speech = setting.speech()
    voice = setting.clips[0].waveform[: 6 * _RATE]
    wide = np.quantile(metrics.relative_gap(speech(voice, face_of(), _FPS)), 0.95)
    worst, worst_after = {}, {}
    for name, sound in _sounds(random).items():
        sound = sound.astype(np.float32)
        worst[name] = float(metrics.relative_gap(speech(sound, face_of(), _FPS)).max() / wide)
        after = metrics.relative_gap(speech(np.concatenate([voice, sound]), face_of(), _FPS))
        spoken = int(len(voice) / _RATE * _FPS)
        worst_after[name] = float(after[spoken + _FPS // 2 :].max() / wide)
    most, later = max(worst.values()), max(worst_after.values())
    return [
        Figure("opening in silence and steady noise", most, 0.1, "lower", listed(worst)),
        Figure("the same after speech, from 0.5 s on", later, 0.1, "lower", listed(worst_after)),
    ]
