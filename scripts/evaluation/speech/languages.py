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


def _with_energy(opening: np.ndarray, energy: np.ndarray) -> float:
    """Correlation of an opening with the energy (T,) of the voice, which follows it by up to 0.11 s."""
    length = min(len(opening), len(energy))
    return max(correlation(opening[: length - lag], energy[lag:length]) for lag in range(0, 8))


def follow(speech: SpeechToLandmarks, text: str, language: str) -> tuple[float, float, float, float]:
    """Correlation of the mouth's opening with the voice's energy, the opening's 95th percentile, its
    correlation with the opening that coarticulation gives the sounds that espeak-ng says, and the correlation
    of that opening with the energy."""
    waveform, segments = voices.espeak()(text, language)
    opening = metrics.relative_gap(speech(waveform, face_of(), _RATE))
    energy = frame_energy(waveform)[: len(opening)]
    smooth = np.convolve(np.maximum(energy, -50), np.ones(9) / 9, mode="same")
    meant = mouth_parameters(segments, np.arange(len(opening)) / _RATE)[:, 0]
    sounds = metrics.opening_correlation(opening, meant, _RATE)
    span = float(np.quantile(opening, 0.95))
    return _with_energy(opening, smooth), span, sounds, _with_energy(meant, smooth)


@speech_test
def languages(setting: Setting) -> list[Figure]:
    """The mouth opens with the voice, by as much as in English, and as the sounds want it (espeak-ng voices).

    Where a language has close vowels and voiced stops, energy and opening part: of the opening that the
    sounds want, the first figure is 0.31 (Czech 0.10, English 0.32). So the second holds the energy of each
    language against that of the opening that its own sounds want.
    """
    speech = setting.speech()
    means = {
        language: np.mean([follow(speech, text, language) for text in texts], axis=0)
        for language, texts in TEXTS.items()
    }
    agreement, span, sounds, wanted = (
        {name: float(mean[i]) for name, mean in means.items()} for i in range(4)
    )
    shares = {name: agreement[name] / wanted[name] for name in means}
    english = agreement["en-us"], span["en-us"]
    worst = min(agreement.values()) / english[0]
    narrow, least = min(span.values()) / english[1], min(sounds.values())
    return [
        Figure("least mouth-energy correlation, share of English", worst, 0.6, "higher", listed(agreement)),
        Figure(
            "the same over that of what its sounds want, least language",
            min(shares.values()),
            0.6,
            "higher",
            listed(shares),
        ),
        Figure("least open range, share of English", narrow, 0.6, "higher", listed(span)),
        Figure(
            "opening as a language's sounds want it, least language", least, 0.5, "higher", listed(sounds)
        ),
    ]
