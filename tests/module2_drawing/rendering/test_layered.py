"""Layered rendering: what moves, what does not, and that every size shows the same picture."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from drawing_data import standard_face

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.motion.blinks import close_eyes
from module2_drawing import PortraitAnimator
from module2_drawing.animator import STYLES
from module2_drawing.geometry.lattice_motion import pixels
from module2_drawing.rendering.at_rest import AtRest
from module2_drawing.rendering.backdrop import KEEP, Backdrop
from module2_drawing.rendering.layered import LayeredRenderer, ink_moved, near_ink

PHOTO = Path(__file__).resolve().parents[3] / "data/examples/astronaut.jpg"


@pytest.fixture(scope="module")
def motion(face: AlignedFace) -> np.ndarray:
    """At rest; the mouth wide open; the head a little to the side."""
    rest, opened = face.landmarks[:, :2].copy(), face.landmarks[:, :2].copy()
    opened[[55, 56, 57, 58, 59, 65, 66, 67], 1] += 24
    aside = rest + (5, 0)
    return np.stack([rest, opened, aside])


def drawn(face: AlignedFace, motion: np.ndarray, size: int, **settings: str) -> list[np.ndarray]:
    animator = PortraitAnimator("drawing", device="cpu", size=size, **settings)
    animator.prepare(face)
    return list(animator.frames(motion))


@pytest.fixture(scope="module")
def frames(face: AlignedFace, motion: np.ndarray) -> list[np.ndarray]:
    return drawn(face, motion, 512)


def test_frames_have_the_size_asked_for(frames: list[np.ndarray]) -> None:
    assert {frame.shape for frame in frames} == {(512, 512, 3)}
    assert {frame.dtype for frame in frames} == {np.dtype(np.uint8)}


def test_only_the_person_moves(frames: list[np.ndarray]) -> None:
    rest, opened, aside = frames
    assert (rest[:40, :20] == aside[:40, :20]).all()
    assert (np.abs(rest.astype(int) - aside) > 100).mean() > 0.02
    upper = np.abs(rest[:180].astype(int) - opened[:180])
    assert upper.mean() < 1  # a mouth that opens leaves the forehead alone


def test_the_background_stands_still_where_hair_touches_the_edge(face: AlignedFace) -> None:
    """A lock that the matte leaves out is background: what moved with the head would flicker there."""
    landmarks, drawing, mask = (
        standard_face(),
        np.full((256, 256), 255, np.uint8),
        np.zeros((256, 256), np.uint8),
    )
    centre = landmarks.mean(0).round().astype(int).tolist()
    cv2.ellipse(mask, (centre, (150, 190), 0), 1, -1)
    for y in (100, 140, 180):
        cv2.line(drawing, (centre[0], y), (255, y - 40), 0, 3)
    renderer = LayeredRenderer(STYLES["drawing"], "checkpoints", "cpu", 256, Backdrop(KEEP))
    renderer.take(face, AtRest(drawing, mask, face.image, landmarks, False), 256)
    rest, aside = renderer.frames(np.stack([landmarks, landmarks + (5, 0)]))
    background = cv2.dilate(mask, np.ones((31, 31))) == 0
    assert rest[background].min() < 50
    assert np.array_equal(rest[background], aside[background]) and not np.array_equal(rest, aside)


def test_an_opened_mouth_is_drawn(frames: list[np.ndarray], motion: np.ndarray) -> None:
    """Teeth that the photo shows keep their size as lips part further, and below them it is dark."""
    (x, top), (_, bottom) = motion[1][[62, 66]].round().astype(int)
    rows = [np.flatnonzero(frame[top - 8 : bottom + 8, x].min(-1) < 128) for frame in frames[:2]]
    assert abs(np.diff(rows[1]).max() - np.diff(rows[0]).max()) < 3
    assert len(rows[1]) > len(rows[0]) + 8


def test_every_size_shows_the_same_picture(
    face: AlignedFace, motion: np.ndarray, frames: list[np.ndarray]
) -> None:
    for size in (256, 1024):
        for frame, reference in zip(drawn(face, motion, size), frames, strict=True):
            shrunk = [cv2.resize(one, (128, 128), interpolation=cv2.INTER_AREA) for one in (frame, reference)]
            assert np.abs(shrunk[0].astype(int) - shrunk[1]).mean() < 6


def test_the_warping_generator_has_one_size(face: AlignedFace) -> None:
    assert PortraitAnimator("drawing", device="cpu", quality="best").size == 256
    with pytest.raises(InputError, match="256 px"):
        PortraitAnimator("drawing", device="cpu", size=512, quality="best")


def test_frames_need_a_photo(motion: np.ndarray) -> None:
    with pytest.raises(RuntimeError, match="prepare"):
        list(PortraitAnimator("drawing", device="cpu").frames(motion))


def test_a_blink_leaves_brows_alone(face: AlignedFace) -> None:
    rest = face.landmarks[:, :2]
    opened, shut = drawn(face, close_eyes(np.stack([rest, rest]), np.array([0.0, 1.0])), 512)
    for x, y in rest[17:27].round().astype(int):
        assert (opened[y - 8 : y + 8, x - 8 : x + 8] == shut[y - 8 : y + 8, x - 8 : x + 8]).all()


def test_sampling_ink_alone_gives_the_whole_drawing():
    random = np.random.default_rng(0)
    drawing = np.full((96, 96), 255, np.uint8)
    drawing[random.random(drawing.shape) < 0.02] = 40
    place = (pixels(96) + 6 * cv2.resize(random.normal(size=(8, 8, 2)), (96, 96))).astype(np.float32)
    whole = cv2.remap(drawing, place, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    assert np.array_equal(ink_moved(drawing, near_ink(drawing, np.full_like(drawing, 255)), place), whole)
    blank = np.full_like(drawing, 255)
    assert np.array_equal(ink_moved(blank, near_ink(blank), place), blank)
