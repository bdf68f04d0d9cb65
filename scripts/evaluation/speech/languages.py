"""Languages that were never trained on, read by espeak-ng."""

import json
from pathlib import Path

import numpy as np

from module1_audio2lmk.audio.waveform import frame_energy
from module1_audio2lmk.pipeline import SpeechToLandmarks
from module1_audio2lmk.training import metrics, voices
from module1_audio2lmk.training.coarticulation import mouth_parameters
from module1_audio2lmk.training.sync import correlation

from . import Figure, Setting, face_of, listed, speech_test

_RATE = 62.5
#: Language → sentences. One says little: energy and opening part where vowels are close and stops are voiced.
TEXTS: dict[str, list[str]] = json.loads(Path(__file__).with_name("sentences.json").read_text("utf-8"))


def follow(speech: SpeechToLandmarks, text: str, language: str) -> tuple[float, float, float]:
    """Correlation of the mouth's opening with the voice's energy, the opening's 95th percentile, and its
    correlation with the opening that coarticulation gives the sounds that espeak-ng says."""
    waveform, segments = voices.espeak()(text, language)
    opening = metrics.relative_gap(speech(waveform, face_of(), _RATE))
    energy = frame_energy(waveform)[: len(opening)]
    smooth = np.convolve(np.maximum(energy, -50), np.ones(9) / 9, mode="same")
    score = max(correlation(opening[: len(smooth) - lag], smooth[lag:]) for lag in range(0, 8))
    meant = mouth_parameters(segments, np.arange(len(opening)) / _RATE)[:, 0]
    sounds = metrics.opening_correlation(opening, meant, _RATE)
    return score, float(np.quantile(opening, 0.95)), sounds


@speech_test
def languages(setting: Setting) -> list[Figure]:
    """The mouth opens with the voice, by as much as in English, and as the sounds want it (espeak-ng voices).

    Where a language has close vowels and voiced stops, energy and opening part: of the opening that the
    sounds want, the first figure is 0.31 (Czech 0.10, English 0.32).
    """
    speech = setting.speech()
    means = {
        language: np.mean([follow(speech, text, language) for text in texts], axis=0)
        for language, texts in TEXTS.items()
    }
    agreement, span, sounds = ({name: float(mean[i]) for name, mean in means.items()} for i in range(3))
    english = agreement["en-us"], span["en-us"]
    worst = min(agreement.values()) / english[0]
    narrow, least = min(span.values()) / english[1], min(sounds.values())
    return [
        Figure("least mouth-energy correlation, share of English", worst, 0.6, "higher", listed(agreement)),
        Figure("least open range, share of English", narrow, 0.6, "higher", listed(span)),
        Figure(
            "opening as a language's sounds want it, least language", least, 0.5, "higher", listed(sounds)
        ),
    ]
