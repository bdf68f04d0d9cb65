"""Phonemes: how lips and jaw shape each speech sound.

A table by IPA symbol (espeak-ng) with the ARPAbet names of flite mapped onto it. Values are targets that a
sound would reach if it were held; `coarticulation` decides how much of them a fluent speaker reaches.
"""

import unicodedata
from typing import NamedTuple


class Articulation(NamedTuple):
    """Targets and their weight.

    gap: opening of the inner lips, 0 closed ... 1 wide open; a little below 0 presses them together.
    spread: mouth width, -1 rounded ... 0 neutral ... 1 spread.
    jaw: drop of the jaw, 0 ... 1.
    tuck: lower lip drawn in under the upper teeth, 0 ... 1.
    lips: dominance of gap and tuck over the neighbouring sounds. shape: that of spread. rate: how fast the
    dominance fades outside the sound, 1/s.
    """

    gap: float
    spread: float
    jaw: float
    tuck: float = 0.0
    lips: float = 1.0
    shape: float = 1.0
    rate: float = 22.0


SILENCE = Articulation(-0.02, 0.0, 0.0, lips=1.0, shape=0.3, rate=14.0)
UNKNOWN = Articulation(0.3, 0.0, 0.3, lips=0.5, shape=0.3)

_BILABIAL = Articulation(-0.12, 0.0, 0.12, lips=30.0, shape=0.15, rate=42.0)
_LABIODENTAL = Articulation(0.05, 0.1, 0.12, tuck=1.0, lips=8.0, shape=0.4, rate=34.0)
_ALVEOLAR = Articulation(0.2, 0.15, 0.15, lips=0.8, shape=0.25)
_SIBILANT = Articulation(0.14, 0.25, 0.05, lips=1.6, shape=0.5)
_POSTALVEOLAR = Articulation(0.24, -0.55, 0.08, lips=1.8, shape=1.6)
_VELAR = Articulation(0.3, 0.05, 0.25, lips=0.4, shape=0.1)
_GLOTTAL = Articulation(0.4, 0.0, 0.4, lips=0.1, shape=0.02)

_TABLE: dict[str, Articulation] = {
    **dict.fromkeys("pbmɓʙ", _BILABIAL),
    **dict.fromkeys("fvɱʋ", _LABIODENTAL),
    **dict.fromkeys("ɸβ", Articulation(0.06, -0.2, 0.12, lips=6.0, shape=0.5, rate=34.0)),
    **dict.fromkeys("tdnlɾɗʈɖɳɭɫɬɮɺʎɲ", _ALVEOLAR),
    **dict.fromkeys("θð", Articulation(0.22, 0.1, 0.15, lips=1.2, shape=0.3)),
    **dict.fromkeys("szɕʑ", _SIBILANT),
    **dict.fromkeys("ʃʒʂʐɧ", _POSTALVEOLAR),
    **dict.fromkeys("ɹrɻɽ", Articulation(0.25, -0.35, 0.2, lips=0.9, shape=0.8)),
    **dict.fromkeys("kɡgŋqɢɴxɣχʁcɟçʝɰ", _VELAR),
    **dict.fromkeys("hɦʔħʕ", _GLOTTAL),
    "j": Articulation(0.24, 0.5, 0.12, lips=0.8, shape=0.8),
    "ɥ": Articulation(0.15, -0.8, 0.12, lips=2.0, shape=2.5),
    **dict.fromkeys("wʍ", Articulation(0.1, -1.0, 0.15, lips=3.0, shape=3.0, rate=26.0)),
    **dict.fromkeys("iɨ", Articulation(0.26, 0.8, 0.12, shape=1.4)),
    **dict.fromkeys("ɪᵻ", Articulation(0.34, 0.45, 0.25)),
    **dict.fromkeys("eɘ", Articulation(0.44, 0.55, 0.35, shape=1.2)),
    **dict.fromkeys("ɛ", Articulation(0.58, 0.45, 0.5, lips=1.2)),
    "æ": Articulation(0.78, 0.5, 0.8, lips=1.4),
    **dict.fromkeys("aäɑ", Articulation(0.95, 0.1, 1.0, lips=1.5)),
    **dict.fromkeys("ɐʌ", Articulation(0.68, 0.05, 0.65, lips=1.2)),
    **dict.fromkeys("ə", Articulation(0.38, 0.0, 0.35, lips=0.5, shape=0.3)),
    **dict.fromkeys("ɚɜɝɤ", Articulation(0.42, -0.25, 0.35, lips=0.9, shape=0.8)),
    "ɒ": Articulation(0.75, -0.25, 0.85, lips=1.3),
    "ɔ": Articulation(0.6, -0.55, 0.7, lips=1.2, shape=1.5),
    "o": Articulation(0.45, -0.75, 0.45, lips=1.2, shape=1.8),
    **dict.fromkeys("uʉɯ", Articulation(0.2, -0.95, 0.15, lips=1.3, shape=2.2)),
    "ʊ": Articulation(0.28, -0.65, 0.25, shape=1.4),
    "y": Articulation(0.2, -0.9, 0.12, lips=1.3, shape=2.0),
    "ʏ": Articulation(0.26, -0.75, 0.22, lips=1.1, shape=1.5),
    "ø": Articulation(0.36, -0.75, 0.35, lips=1.2, shape=1.8),
    **dict.fromkeys("œɞɵ", Articulation(0.5, -0.55, 0.5, lips=1.2, shape=1.3)),
}

_ARPABET = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ax": "ə", "axr": "ɚ", "ay": "aɪ", "b": "b",
    "ch": "tʃ", "d": "d", "dh": "ð", "dx": "ɾ", "eh": "ɛ", "el": "l", "em": "m", "en": "n", "er": "ɜ",
    "ey": "eɪ", "f": "f", "g": "ɡ", "hh": "h", "hv": "h", "ih": "ɪ", "iy": "i", "jh": "dʒ", "k": "k",
    "l": "l", "m": "m", "n": "n", "ng": "ŋ", "nx": "n", "ow": "oʊ", "oy": "ɔɪ", "p": "p", "r": "ɹ",
    "s": "s", "sh": "ʃ", "t": "t", "th": "θ", "uh": "ʊ", "uw": "u", "v": "v", "w": "w", "y": "j",
    "z": "z", "zh": "ʒ", "pau": "", "brth": "", "ssil": "",
}  # fmt: skip


def from_arpabet(name: str) -> str:
    """flite's name of a sound -> IPA; pauses give the empty string. Raises KeyError for a name that flite's
    English voices do not use."""
    return _ARPABET[name.rstrip("0123456789")]


def articulations(ipa: str) -> list[Articulation]:
    """The targets that one IPA sound runs through: one for most, two for diphthongs and affricates.

    Length marks, stress and diacritics are ignored; the empty string is silence. A symbol that is not in the
    table counts as an unmarked sound.
    """
    letters = [c for c in unicodedata.normalize("NFC", ipa) if _is_letter(c)]
    if not letters:
        return [SILENCE]
    found = [_TABLE.get(letter) or _TABLE.get(_base(letter), UNKNOWN) for letter in letters]
    return found[:2]


def is_bilabial(ipa: str) -> bool:
    """True for sounds in which the lips touch: p, b, m and their variants."""
    return bool(articulations(ipa)) and articulations(ipa)[0] is _BILABIAL


def _is_letter(character: str) -> bool:
    return unicodedata.category(character) in ("Ll", "Lo", "Lu") and character not in "ʲʷʰˠˤ"


def _base(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]
