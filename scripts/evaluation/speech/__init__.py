"""Tests of the speech-to-landmark module, found by name, one file a kind.

A test is a function Setting → list of Figures, registered by `@speech_test`. To add one, add a file: all
files of this folder are read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.pipeline import SpeechToLandmarks
from module1_audio2lmk.training.clips import Clip

from ..store import check_names
from ..tables import Figure

PIXELS = 180.0  # px of the crop for a normalised unit: that of a usual photo


@dataclass(frozen=True)
class Setting:
    """What the tests work on.

    clips: the held-out talking clips. others: the rest of the cache, for babble and for statistics.
    checkpoints_dir: where weights are looked for. seed: of everything random.
    """

    clips: list[Clip]
    others: list[Clip]
    checkpoints_dir: str
    seed: int = 0

    def speech(self, **options: Any) -> SpeechToLandmarks:
        """The module, by default without head motion and blinks: what the mouth does is then all there is."""
        chosen = {"head_motion": "none", "blink": "none", "device": "cpu", **options}
        return SpeechToLandmarks(self.checkpoints_dir, **chosen)


SpeechTest = Callable[[Setting], list[Figure]]
_TESTS: dict[str, SpeechTest] = {}
#: Names that commands were published with.
_FORMER_NAMES = {"film_fit": "clip_fit"}


def speech_test(function: SpeechTest) -> SpeechTest:
    """Register a test under the name of its function; its docstring's first line is its title."""
    _TESTS[function.__name__] = function
    return function


@cache
def known() -> dict[str, SpeechTest]:
    """All tests by name, in alphabetical order."""
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        import_module(f"{__name__}.{path.stem}")
    return dict(sorted(_TESTS.items()))


def choose(names: list[str] | None) -> dict[str, SpeechTest]:
    """The tests of these names, all without names. Raises InputError for an unknown one."""
    tests = known()
    names = names and [_FORMER_NAMES.get(name, name) for name in names]
    check_names(names or [], tests, "test")
    return {name: test for name, test in tests.items() if names is None or name in names}


def listed(values: dict[str, float]) -> str:
    """Values by name, for the detail of a figure."""
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())


def face_of(landmarks: np.ndarray | None = None) -> AlignedFace:
    """An `AlignedFace` without a picture; landmarks (68, 3) in normalised units or the standard face."""
    points = load_standard_face() if landmarks is None else landmarks
    pixels = points * PIXELS + np.array([256.0, 200.0, 0.0])
    return AlignedFace(np.full((512, 512, 3), 255, np.uint8), pixels.astype(np.float32), "standard")
