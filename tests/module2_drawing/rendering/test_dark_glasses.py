"""Dark glasses: solid lenses in every frame, and no change to eyes that show."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from module1_audio2lmk.foundation.face.align import AlignedFace
from module2_drawing import PortraitAnimator
from module2_drawing.rendering.dark_glasses import dark_lenses, drawn, without_light

EYES = (slice(36, 42), slice(42, 48))
LENS = (0.95, 0.75)  # half-axes, widths of an eye


@pytest.fixture(scope="module")
def glasses(face: AlignedFace) -> AlignedFace:
    """Black lenses, in each of which a lamp shines."""
    image = face.image.copy()
    for eye in EYES:
        centre, width = face.landmarks[eye, :2].mean(0), float(np.ptp(face.landmarks[eye, 0]))
        ellipse(image, centre, LENS, width, (14, 12, 12))
        ellipse(image, centre + (-0.3 * width, -0.2 * width), (0.2, 0.08), width, (230, 235, 240))
    return replace(face, image=image, photo=None, box=None)


def ellipse(
    image: np.ndarray, centre: np.ndarray, axes: tuple[float, float], width: float, colour: tuple[int, ...]
) -> None:
    size = [round(share * width) for share in axes]
    cv2.ellipse(image, centre.astype(int).tolist(), size, 0, 0, 360, colour, -1, cv2.LINE_AA)


def inside(face: AlignedFace, size: int) -> np.ndarray:
    """(size, size) bool: within the lenses, without their edges."""
    mask = np.zeros((512, 512), np.uint8)
    for eye in EYES:
        width = float(np.ptp(face.landmarks[eye, 0]))
        ellipse(mask, face.landmarks[eye, :2].mean(0), (LENS[0] - 0.12, LENS[1] - 0.12), width, (1,))
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_NEAREST) > 0


@pytest.mark.parametrize("quality", ["default", "best"])
def test_lenses_are_ink_without_holes(quality: str, glasses: AlignedFace) -> None:
    animator = PortraitAnimator("drawing", device="cpu", size=256, quality=quality)
    animator.prepare(glasses)
    frame = next(animator.frames(glasses.landmarks[None, :, :2]))
    assert frame[inside(glasses, 256)].max() < 80


def test_light_in_the_lenses_goes_and_nothing_else_changes(glasses: AlignedFace) -> None:
    lenses = dark_lenses(glasses.image, glasses.landmarks)
    assert lenses is not None
    photo = without_light(glasses.image, lenses)
    assert photo[inside(glasses, 512)].max() < 40
    assert (photo[lenses == 0] == glasses.image[lenses == 0]).all()
    assert lenses.mean() < 1.8 * inside(glasses, 512).mean()  # brows that touch a lens are dark, too


def test_eyes_that_show_are_drawn_as_they_are(face: AlignedFace) -> None:
    assert dark_lenses(face.image, face.landmarks) is None
    assert drawn(face.image, None, lambda photo: photo) is face.image
