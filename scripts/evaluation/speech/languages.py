"""Does it follow languages that it was never trained on?"""

from __future__ import annotations

import numpy as np

from module1_audio2lmk.audio.waveform import frame_energy
from module1_audio2lmk.pipeline import SpeechToLandmarks
from module1_audio2lmk.training import metrics, voices
from module1_audio2lmk.training.sync import correlation

from . import Figure, Setting, face_of, speech_test

_RATE = 62.5
#: One sentence says little: energy and opening part where vowels are close and stops are voiced.
TEXTS = {
    "en-us": (
        "My mother made apple pie for Bob, and we all moved over to the bright window.",
        "The weather was cold, so the children stayed inside and played cards all afternoon.",
        "Please tell your brother that the train leaves at half past seven.",
        "She opened the old door slowly and looked around the empty room.",
    ),
    "de": (
        "Im Sommer wohnen viele Familien am Ufer des großen Sees und baden im warmen Wasser.",
        "Das Wetter war kalt, also blieben die Kinder im Haus und spielten Karten.",
        "Bitte sag deinem Bruder, dass der Zug um halb acht abfährt.",
        "Sie öffnete langsam die alte Tür und sah sich im leeren Zimmer um.",
    ),
    "fr": (
        "Le petit bateau de papa passe lentement sous le vieux pont de pierre.",
        "Il faisait froid, alors les enfants sont restés à la maison pour jouer aux cartes.",
        "Dis à ton frère que le train part à sept heures et demie.",
        "Elle ouvrit doucement la vieille porte et regarda la chambre vide.",
    ),
    "ja": (
        "はは は まいあさ こうえん で いぬ と さんぽ します。",
        "さむかった ので こども たち は いえ で あそびました。",
        "でんしゃ は しちじはん に でます。",
        "かのじょ は ゆっくり ふるい ドア を あけました。",
    ),
    "cmn": (
        "ma1 ma5 mei3 tian1 zao3 shang5 pao3 bu4, ba4 ba5 he1 cha2.",
        "tian1 qi4 hen3 leng3, hai2 zi5 men5 zai4 jia1 li3 da3 pai2.",
        "qing3 gao4 su4 ni3 ge1 ge5, huo3 che1 qi1 dian3 ban4 kai1.",
        "ta1 man4 man4 da3 kai1 le5 jiu4 men2.",
    ),
    "cs": (
        "Malý pes běží po mostě a babička peče bábovku.",
        "Počasí bylo studené, a tak děti zůstaly doma a hrály karty.",
        "Řekni prosím svému bratrovi, že vlak odjíždí v půl osmé.",
        "Pomalu otevřela staré dveře a rozhlédla se po prázdném pokoji.",
    ),
    "el": (
        "Η μαμά μου μαγειρεύει μπάμιες και ο παππούς πίνει νερό.",
        "Ο καιρός ήταν κρύος, γι' αυτό τα παιδιά έμειναν στο σπίτι και έπαιξαν χαρτιά.",
        "Πες στον αδελφό σου ότι το τρένο φεύγει στις επτά και μισή.",
        "Άνοιξε αργά την παλιά πόρτα και κοίταξε το άδειο δωμάτιο.",
    ),
}


def follow(speech: SpeechToLandmarks, text: str, language: str) -> tuple[float, float]:
    """Correlation of the mouth's opening with the voice's energy, and the opening's 95th percentile."""
    waveform = voices.espeak()(text, language).waveform
    opening = metrics.relative_opening(speech(waveform, face_of(), _RATE))
    energy = frame_energy(waveform)[: len(opening)]
    smooth = np.convolve(np.maximum(energy, -50), np.ones(9) / 9, mode="same")
    score = max(correlation(opening[: len(smooth) - lag], smooth[lag:]) for lag in range(0, 8))
    return score, float(np.quantile(opening, 0.95))


@speech_test
def languages(setting: Setting) -> list[Figure]:
    """The mouth opens with the voice and by as much as in English (espeak-ng voices)."""
    speech = setting.speech()
    means = {
        language: np.mean([follow(speech, text, language) for text in texts], axis=0)
        for language, texts in TEXTS.items()
    }
    agreement, span = ({name: float(mean[i]) for name, mean in means.items()} for i in (0, 1))
    english = agreement["en-us"], span["en-us"]
    worst = min(agreement.values()) / english[0]
    narrow = min(span.values()) / english[1]
    return [
        Figure("least mouth-energy correlation, share of English", worst, 0.6, "higher", _listed(agreement)),
        Figure("least open range, share of English", narrow, 0.6, "higher", _listed(span)),
    ]


def _listed(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())
