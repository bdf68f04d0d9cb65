"""Frames of the whole pixel path, held to what they were: changes of structure change no pixel.

Weights are those of `fill_weights` in both layouts, so that neither a training nor a new style changes the
frames. Where they are meant to change: `python tests/module2_drawing/test_pinned_frames.py` writes them anew.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from drawing_data import standard_face
from reference_tools import fill_weights

from module1_audio2lmk.foundation.checkpoints import save_network
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.media import read_image
from module2_drawing import PortraitAnimator
from module2_drawing.networks import OverpaintGenerator, WarpGenerator
from module2_drawing.util.images import resized

PHOTO = Path(__file__).parents[2] / "data/examples/astronaut.jpg"
PINNED = Path(__file__).parent / "pinned_frames.npz"
#: As in the files of the default weights.
METADATA = {"matte_margin": "4", "soft_edge": "1.0", "vacated": "filled", "completed": "True"}
CASES = ("own", "own_colour", "moved", "published")


def poses() -> np.ndarray:
    """At rest; the mouth open, an eye shut and the head aside."""
    rest, open_ = standard_face(1.0, 512), standard_face(30.0, 512)
    open_[[37, 38]] = open_[[41, 40]]
    return np.stack((rest, open_ + (12, -5))).astype(np.float32) + (0, -50)


def draw(case: str, folder: Path) -> np.ndarray:
    """(2, 128, 128, 3) uint8: every other pixel."""
    (folder / "default").mkdir()
    style = "cartoon" if case in ("own_colour", "moved") else "drawing"
    if case == "published":
        (folder / "formal/drawing").mkdir(parents=True)
        torch.save(fill_weights(WarpGenerator()).state_dict(), folder / "formal/drawing/70_net_G_A.pth")
    elif case != "moved":
        channels = 1 if style == "drawing" else 3
        shape = {"input_nc": 3 + channels, "output_nc": channels, "ngf": 8}
        crispness = {"crispness": str(float(style == "drawing"))}
        generator = fill_weights(OverpaintGenerator(**shape))
        path = folder / f"default/generator_{style}.safetensors"
        save_network(path, generator, shape, METADATA | crispness)
    quality = "best" if case.startswith("own") else "default"
    size = 256 if case == "moved" else None
    animator = PortraitAnimator(style, folder, "cpu", batch_size=1, size=size, quality=quality)
    landmarks = np.concatenate((poses()[0], np.zeros((68, 1))), 1).astype(np.float32)
    photo = resized(np.ascontiguousarray(read_image(PHOTO)[:240, 105:345]), 512)
    animator.prepare(AlignedFace(photo, landmarks, "pinned", (0, 0, 480, 512)))
    return np.stack(list(animator.frames(poses())))[:, ::2, ::2]


@pytest.mark.parametrize("case", CASES)
def test_frames_are_as_they_were(case, tmp_path, monkeypatch):
    monkeypatch.setattr("module1_audio2lmk.foundation.checkpoints.known.SHIPPED", tmp_path)
    with np.load(PINNED) as pinned:
        expected = pinned[case].astype(int)
    found = draw(case, tmp_path)
    assert np.abs(expected[0] - expected[1]).mean() > 1
    # Processors round differently: a grey level may be cut off to the next, and a pixel of a thousand more.
    assert (np.abs(found - expected) <= 1).mean() >= 0.999


if __name__ == "__main__":
    import tempfile

    from module1_audio2lmk.foundation.checkpoints import known

    frames = {}
    for name in CASES:
        with tempfile.TemporaryDirectory() as folder:
            known.SHIPPED = Path(folder)
            frames[name] = draw(name, Path(folder))
    np.savez_compressed(PINNED, **frames)
