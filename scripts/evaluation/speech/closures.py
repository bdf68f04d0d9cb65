"""Closures: whether the lips meet on p, b and m."""

import numpy as np

from module1_audio2lmk.training import metrics, sentences, voices
from module1_audio2lmk.training.phonemes import is_bilabial

from . import Figure, Setting, face_of, speech_test

TOUCHING = 0.08  # of the open range
_NEAR = 0.06  # s
_SENTENCES = 24
_RATE = 62.5
# seeds of training clips are small numbers
_SEED_OFFSET = 900_000


def utterances(setting: Setting) -> dict[str, list[voices.Utterance]]:
    """Sentences that were never trained on, by program."""
    random = np.random.default_rng(_SEED_OFFSET + setting.seed)
    spoken: dict[str, list[voices.Utterance]] = {"flite": [], "espeak-ng": []}
    for index in range(_SENTENCES):
        text = sentences.english_sentence(random)
        if index % 2:
            spoken["flite"].append(voices.flite(text, str(random.choice(voices.FLITE_VOICES[:3]))))
        else:
            variant = str(random.choice(voices.ESPEAK_VARIANTS))
            spoken["espeak-ng"].append(voices.espeak()(text, "en-us" + variant))
    return spoken


def closed_share(setting: Setting, spoken: list[voices.Utterance]) -> tuple[float, int]:
    """Share of the labelled p, b, m within 60 ms of which the inner lips touch, and their number."""
    speech, closed = setting.speech(), []
    for utterance in spoken:
        opening = metrics.relative_gap(speech(utterance.waveform, face_of(), _RATE))
        wide = np.quantile(opening, 0.95)
        for segment in utterance.segments:
            if segment.ipa and is_bilabial(segment.ipa):
                first = max(0, int(np.floor((segment.start - _NEAR) * _RATE)))
                last = int(np.ceil((segment.end + _NEAR) * _RATE)) + 1
                closed.append(opening[first:last].min() < TOUCHING * wide)
    return float(np.mean(closed)), len(closed)


@speech_test
def closures(setting: Setting) -> list[Figure]:
    """Lip closure on the labelled p, b, m of synthetic speech."""
    figures = []
    for program, spoken in utterances(setting).items():
        share, count = closed_share(setting, spoken)
        figures.append(Figure(f"lips touch on p, b, m ({program})", share, 0.9, "higher", f"{count} sounds"))
    return figures
