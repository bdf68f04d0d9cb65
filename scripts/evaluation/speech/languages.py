"""Does it follow languages that it was never trained on?"""

from __future__ import annotations

import numpy as np

from module1_audio2lmk.audio import frame_energy
from module1_audio2lmk.training import metrics, voices
from module1_audio2lmk.training.sync import correlation

from . import Figure, Setting, face_of, speech_test

_RATE = 62.5
TEXTS = {
    "en-us": "My mother made apple pie for Bob, and we all moved over to the bright window.",
    "de": "Im Sommer wohnen viele Familien am Ufer des großen Sees und baden im warmen Wasser.",
    "fr": "Le petit bateau de papa passe lentement sous le vieux pont de pierre.",
    "ja": "はは は まいあさ こうえん で いぬ と さんぽ します。",
    "cmn": "ma1 ma5 mei3 tian1 zao3 shang5 pao3 bu4, ba4 ba5 he1 cha2.",
    "cs": "Malý pes běží po mostě a babička peče bábovku.",
    "el": "Η μαμά μου μαγειρεύει μπάμιες και ο παππούς πίνει νερό.",
}


@speech_test
def languages(setting: Setting) -> list[Figure]:
    """The mouth opens with the voice and by as much as in English (espeak-ng voices)."""
    speech, agreement, span = setting.speech(), {}, {}
    for language, text in TEXTS.items():
        waveform = voices.espeak()(text, language).waveform
        opening = metrics.relative_opening(speech(waveform, face_of(), _RATE))
        energy = frame_energy(waveform)[: len(opening)]
        smooth = np.convolve(np.maximum(energy, -50), np.ones(9) / 9, mode="same")
        agreement[language] = max(
            correlation(opening[: len(smooth) - lag], smooth[lag:]) for lag in range(0, 8)
        )
        span[language] = float(np.quantile(opening, 0.95))
    english = agreement["en-us"], span["en-us"]
    worst = min(agreement.values()) / english[0]
    narrow = min(span.values()) / english[1]
    return [
        Figure("least mouth-energy correlation, share of English", worst, 0.6, "higher", _listed(agreement)),
        Figure("least open range, share of English", narrow, 0.6, "higher", _listed(span)),
    ]


def _listed(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())
