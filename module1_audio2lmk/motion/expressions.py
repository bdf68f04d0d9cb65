"""Expressions: a lasting displacement of brows, lids and corners of the mouth, added to all that a face does.

An expression is a sum of action units of the Facial Action Coding System, those that EMFACS names for the
emotion (Ekman and Friesen 1983). How far each unit moves the 68 points at full strength stands in one table;
the jaw and the opening of the lips stay those of speech.
"""

import numpy as np

from ..foundation.errors import InputError
from ..foundation.face.geometry import MIRRORED

#: Action unit → landmark of the subject's right half → (x, y) displacement in normalised units, y down.
ACTION_UNITS: dict[str, dict[int, tuple[float, float]]] = {
    "AU1 inner brow raiser": {19: (0, -0.03), 20: (0, -0.06), 21: (0, -0.075)},
    "AU2 outer brow raiser": {17: (0, -0.045), 18: (0, -0.06), 19: (0, -0.045), 20: (0, -0.015)},
    "AU4 brow lowerer": {18: (0.01, 0.015), 19: (0.015, 0.035), 20: (0.025, 0.055), 21: (0.03, 0.06)},
    "AU5 upper lid raiser": {37: (0, -0.025), 38: (0, -0.025)},
    "AU6 cheek raiser": {41: (0, -0.022), 40: (0, -0.02)},
    "AU7 lid tightener": {37: (0, 0.012), 38: (0, 0.012), 41: (0, -0.012), 40: (0, -0.012)},
    "AU12 lip corner puller": {
        48: (-0.05, -0.055), 60: (-0.042, -0.048), 49: (-0.025, -0.022), 59: (-0.025, -0.022),
        61: (-0.015, -0.01), 67: (-0.015, -0.01),
    },
    "AU15 lip corner depressor": {
        48: (-0.005, 0.05), 60: (-0.005, 0.042), 49: (0, 0.015), 59: (0, 0.022),
        61: (0, 0.006), 67: (0, 0.008),
    },
    "AU23 lip tightener": {48: (0.03, 0), 60: (0.028, 0), 49: (0.015, 0.008), 59: (0.015, -0.008)},
}  # fmt: skip
#: Expression → action units and their shares.
EXPRESSIONS: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {"AU6 cheek raiser": 1, "AU12 lip corner puller": 1},
    "sad": {"AU1 inner brow raiser": 1, "AU4 brow lowerer": 0.35, "AU15 lip corner depressor": 1},
    "angry": {
        "AU4 brow lowerer": 1,
        "AU5 upper lid raiser": 0.4,
        "AU7 lid tightener": 0.5,
        "AU23 lip tightener": 1,
    },
    "surprised": {"AU1 inner brow raiser": 1, "AU2 outer brow raiser": 1, "AU5 upper lid raiser": 1},
}


def expression_offset(name: str) -> np.ndarray:
    """Displacement (68, 3) of an expression, normalised units.

    name: of `EXPRESSIONS`, perhaps with a strength from 0 to 1: ``happy:0.5``.
    Raises InputError for an unknown name or strength.
    """
    word, _, given = name.partition(":")
    try:
        strength = float(given) if given else 1.0
    except ValueError:
        strength = -1.0
    if word not in EXPRESSIONS or not 0 <= strength <= 1:
        known = ", ".join(EXPRESSIONS)
        raise InputError(f"unknown --expression {name!r}; choose {known}, perhaps with a strength: happy:0.5")
    offset = np.zeros((68, 3))
    for unit, share in EXPRESSIONS[word].items():
        for point, (across, down) in ACTION_UNITS[unit].items():
            offset[point, :2] += np.array([across, down]) * share * strength
            offset[MIRRORED[point], :2] += np.array([-across, down]) * share * strength
    return offset
