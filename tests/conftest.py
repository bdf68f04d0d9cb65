"""Fixtures that several tests share: the example photo and voice, and a short clip of both."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from module1_audio2lmk.foundation.face.align import AlignedFace

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from module1_audio2lmk.foundation import errors  # noqa: E402
from module1_audio2lmk.foundation.errors import set_quiet  # noqa: E402
from module1_audio2lmk.foundation.media import VideoWriter, read_image  # noqa: E402


@pytest.fixture(autouse=True)
def talkative() -> Iterator[None]:
    """A command that a test ran silences no other test."""
    stream = sys.stderr
    yield
    set_quiet(False)
    sys.stderr, errors._warned = stream, None


@pytest.fixture(scope="session")
def photo_path() -> Path:
    """A portrait of one face, 512×512 JPEG."""
    return ROOT / "data" / "examples" / "astronaut.jpg"


@pytest.fixture(scope="session")
def photo(photo_path: Path) -> np.ndarray:
    """The portrait as (512, 512, 3) uint8 RGB."""
    return read_image(photo_path)


@pytest.fixture(scope="session")
def face(photo: np.ndarray) -> "AlignedFace":
    """The portrait's face, aligned once; not to be written to."""
    from module1_audio2lmk.foundation.face.align import align_face  # loads its networks

    return align_face(photo, "mediapipe")


@pytest.fixture(scope="session")
def voice_path() -> Path:
    """9.7 s of speech, 16 kHz mono WAV."""
    return ROOT / "data" / "examples" / "speech.wav"


@pytest.fixture(scope="session")
def clip_path(photo: np.ndarray, voice_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP4 of 243 frames at 25 fps that shows the portrait, 256×256, with the voice."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    frame = np.ascontiguousarray(photo[::2, ::2])
    with VideoWriter(path, (256, 256), 25, voice_path) as writer:
        for _ in range(243):
            writer.write(frame)
    return path
