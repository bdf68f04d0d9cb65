"""Remake data/examples: the astronaut portrait, a spoken text, and the pictures of the READMEs.

Needs the program flite (Debian: apt-get install flite). Run it from anywhere: python scripts/make_examples.py
With --picture only the pictures are made, from the photo and the voice that are there.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from module1_audio2lmk import SpeechToLandmarks  # noqa: E402
from module1_audio2lmk.foundation.errors import InputError, run_cli, say  # noqa: E402
from module1_audio2lmk.foundation.face.align import AlignedFace, align_face  # noqa: E402
from module1_audio2lmk.foundation.face.geometry import mouth_opening  # noqa: E402
from module1_audio2lmk.foundation.files import atomic_path  # noqa: E402
from module1_audio2lmk.foundation.media import read_image, write_image  # noqa: E402
from module2_drawing import PortraitAnimator  # noqa: E402
from module2_drawing.animator import STYLES  # noqa: E402

EXAMPLES = ROOT / "data" / "examples"
CHECKPOINTS = ROOT / "checkpoints"
COLUMNS = 5
TILE = 256  # px of a frame in the pictures
VOICE = "slt"
TEXT = (
    "A portrait begins with a single line. The pencil follows the brow, the nose, and the lips, "
    "and before long the drawing looks back at you. This one can speak for itself."
)


def main() -> None:
    """Write astronaut.jpg, speech.wav, result.jpg and styles.jpg."""
    if "--picture" not in sys.argv[1:]:
        write_image(EXAMPLES / "astronaut.jpg", skimage.data.astronaut())
        speak(EXAMPLES / "speech.wav")
    write_image(EXAMPLES / "result.jpg", picture())
    write_image(EXAMPLES / "styles.jpg", contact_sheet())
    say(f"output: {EXAMPLES}")


def speak(path: Path) -> None:
    """TEXT → 16 kHz mono WAV. Raises InputError where flite is not installed or fails."""
    if shutil.which("flite") is None:
        raise InputError("the program flite is not installed; on Debian or Ubuntu: apt-get install flite")
    with atomic_path(path) as temporary:
        done = subprocess.run(["flite", "-voice", VOICE, "-t", TEXT, "-o", str(temporary)], check=False)
        if done.returncode:
            raise InputError(f"flite failed with status {done.returncode}; does it have the voice {VOICE}?")


def speaking() -> tuple[AlignedFace, np.ndarray]:
    """The portrait's face and its landmarks while it says the text, (T, 68, 2) px of the 512² crop."""
    face = align_face(read_image(EXAMPLES / "astronaut.jpg"))
    return face, SpeechToLandmarks(CHECKPOINTS)(EXAMPLES / "speech.wav", face)


def picture() -> np.ndarray:
    """(512, 1024, 3) uint8 RGB: photo, the drawing silent and speaking; then every other style."""
    face, landmarks = speaking()
    by_opening = np.argsort(mouth_opening(landmarks))
    closed, half, wide = (landmarks[by_opening[int(q * (len(by_opening) - 1))]] for q in (0.02, 0.8, 0.99))
    tiles = [cv2.resize(face.image, (TILE, TILE), interpolation=cv2.INTER_AREA)]
    for style in STYLES:
        tiles += drawn(style, face, [closed, wide] if style == "drawing" else [half])
    return np.vstack([np.hstack(tiles[:4]), np.hstack(tiles[4:8])])


def drawn(style: str, face: AlignedFace, landmarks: list[np.ndarray]) -> list[np.ndarray]:
    """Frames in a style, (TILE, TILE, 3) uint8 RGB each."""
    animator = PortraitAnimator(style, CHECKPOINTS, size=TILE)
    animator.prepare(face)
    return list(animator.frames(np.stack(landmarks)))


def contact_sheet() -> np.ndarray:
    """(1536, 1280, 3) uint8 RGB: a row a style, frames a fifth of the speech apart, each the widest open of
    its fifth or the most closed one."""
    face, landmarks = speaking()
    opening = mouth_opening(landmarks)
    parts = np.array_split(np.arange(len(landmarks)), COLUMNS)
    chosen = [
        part[np.argmax(opening[part]) if i % 2 else np.argmin(opening[part])] for i, part in enumerate(parts)
    ]
    return np.vstack([np.hstack(drawn(style, face, list(landmarks[chosen]))) for style in STYLES])


if __name__ == "__main__":
    run_cli(main)
