"""Examples of data/examples: the astronaut portrait, a spoken text, and the pictures of the READMEs.

Needs the program flite (Debian: apt-get install flite). Run it from anywhere: python scripts/make_examples.py
With --picture only the picture is made, from the photo and the voice that are there. With --portraits PHOTO…
only styles.jpg: these photos in all styles.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data
import soundfile
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from module1_audio2lmk import SpeechToLandmarks  # noqa: E402
from module1_audio2lmk.audio.waveform import SAMPLE_RATE  # noqa: E402
from module1_audio2lmk.foundation.errors import run_cli, say  # noqa: E402
from module1_audio2lmk.foundation.face.align import AlignedFace, align_face  # noqa: E402
from module1_audio2lmk.foundation.face.geometry import mouth_opening  # noqa: E402
from module1_audio2lmk.foundation.media import read_image, write_image  # noqa: E402
from module1_audio2lmk.training.voices import flite  # noqa: E402
from module2_drawing import PortraitAnimator  # noqa: E402
from module2_drawing.animator import STYLES  # noqa: E402

EXAMPLES = ROOT / "data" / "examples"
CHECKPOINTS = ROOT / "checkpoints"
TILE = 256  # px of a frame in the picture
OPENED = 18.0  # px of 512 that lower lips go down
TEXT = (
    "A portrait begins with a single line. The pencil follows the brow, the nose, and the lips, "
    "and before long the drawing looks back at you. This one can speak for itself."
)


def main() -> None:
    """Write astronaut.jpg, speech.wav and result.jpg, or styles.jpg."""
    if sys.argv[1:2] == ["--portraits"]:
        Image.fromarray(contact_sheet(sys.argv[2:])).save(EXAMPLES / "styles.jpg", quality=80)
        return
    if "--picture" not in sys.argv[1:]:
        write_image(EXAMPLES / "astronaut.jpg", skimage.data.astronaut())
        soundfile.write(EXAMPLES / "speech.wav", flite(TEXT).waveform, SAMPLE_RATE)
    write_image(EXAMPLES / "result.jpg", picture())
    say(f"output: {EXAMPLES}")


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


def drawn(style: str, face: AlignedFace, landmarks: list[np.ndarray], size: int = TILE) -> list[np.ndarray]:
    """Frames in a style, (size, size, 3) uint8 RGB each."""
    animator = PortraitAnimator(style, CHECKPOINTS, size=size)
    animator.prepare(face)
    return list(animator.frames(np.stack(landmarks)))


def contact_sheet(photos: list[str]) -> np.ndarray:
    """(240 N, 1440, 3) uint8 RGB: a row a photo, a column a style, drawn at 512²; every other one speaks."""
    rows = []
    for number, path in enumerate(photos):
        face = align_face(read_image(path))
        landmarks = face.landmarks[:, :2].copy()
        landmarks[[55, 56, 57, 58, 59, 65, 66, 67], 1] += OPENED * (number % 2)
        tiles = [drawn(style, face, [landmarks], 512)[0] for style in STYLES]
        rows.append(np.hstack([cv2.resize(tile, (240, 240), interpolation=cv2.INTER_AREA) for tile in tiles]))
    return np.vstack(rows)


if __name__ == "__main__":
    run_cli(main)
