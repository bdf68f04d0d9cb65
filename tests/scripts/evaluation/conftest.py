"""A short clip of a real face, made of the example photo: what the evaluation is tried on."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from module1_audio2lmk.foundation.media import VideoWriter, read_image
from scripts.evaluation.clips import Clip, load_clip

ROOT = Path(__file__).resolve().parents[3]
FRAMES = 9
STEP = 2  # px that the face moves a frame


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two clips of a moving face, and one without a face."""
    folder = tmp_path_factory.mktemp("clips")
    photo = read_image(ROOT / "data/examples/astronaut.jpg")
    photo = cv2.resize(photo, (400, 400 * photo.shape[0] // photo.shape[1] // 2 * 2))
    for name, direction in (("left", -1), ("right", 1)):
        write_clip(folder / f"{name}.mp4", [np.roll(photo, direction * STEP * i, 1) for i in range(FRAMES)])
    noise = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), np.uint8)
    write_clip(folder / "nobody.mp4", list(noise))
    return folder


def write_clip(path: Path, frames: list[np.ndarray]) -> None:
    height, width = frames[0].shape[:2]
    with VideoWriter(path, (width, height), 25, ROOT / "data/examples/speech.wav") as writer:
        for frame in frames:
            writer.write(frame)


@pytest.fixture(scope="session")
def clip(clips: Path) -> Clip:
    return load_clip(clips / "right.mp4")
