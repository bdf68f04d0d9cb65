"""Whole pictures and backdrops: nothing but the head moves, no seam, edges without what was behind them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace, align_face, square_of
from module2_drawing import PortraitAnimator


@pytest.fixture(scope="module")
def face(photo: np.ndarray) -> AlignedFace:
    """The portrait as a part of a larger scene."""
    scene = np.full((600, 760, 3), (70, 110, 60), np.uint8)
    cv2.rectangle(scene, (20, 20), (120, 300), (200, 190, 150), 6)
    scene[88:, 200:712] = photo
    return align_face(scene, "mediapipe")


def drawn(face: AlignedFace, style: str = "drawing", **settings: str) -> tuple[np.ndarray, np.ndarray]:
    """At rest, and with the mouth open and the head moved to the side."""
    rest = face.landmarks[:, :2].copy()
    moved = rest + (12, 5)
    moved[[55, 56, 57, 58, 59, 65, 66, 67], 1] += 24
    animator = PortraitAnimator(style, device="cpu", **settings)
    animator.prepare(face)
    first, second = animator.frames(np.stack([rest, moved]))
    return first, second


def test_around_the_head_nothing_moves_and_there_is_no_seam(face: AlignedFace) -> None:
    rest, moved = drawn(face, frame="full")
    assert rest.shape == (600, 760, 3)
    left, top, side = square_of(face.box)  # type: ignore[arg-type]
    outside = np.ones(rest.shape[:2], bool)
    outside[max(0, top + 2) : top + side - 2, max(0, left + 2) : left + side - 2] = False
    assert outside.any()
    assert (rest[outside] == moved[outside]).all()
    assert (np.abs(rest.astype(int) - moved) > 100).mean() > 0.005
    # At rest the crop is the drawing around it, going on: a seam would be a step along the crop's border.
    for frame in (rest, moved):
        grey = frame[..., 0].astype(int)
        rows = slice(max(0, top), min(600, top + side))
        sides = [x for x in (left, left + side) if 8 < x < 752]
        assert sides
        for x in sides:
            steps = np.abs(np.diff(grey[rows, x - 8 : x + 8], axis=1)).mean(0)
            assert steps[7] <= 1.5 * steps.max(initial=0, where=np.arange(15) != 7) + 1


def test_another_backdrop_shows_nothing_of_the_old_one(face: AlignedFace, tmp_path: Path) -> None:
    blue = tmp_path / "blue.png"
    cv2.imwrite(str(blue), np.full((50, 80, 3), (220, 40, 20), np.uint8))
    clear, clear_moved = drawn(face, "cartoon", size=256, background="none")
    assert clear.shape == (256, 256, 4)
    assert {0, 255} <= set(np.unique(clear[..., 3]))
    assert (clear[..., 3] != clear_moved[..., 3]).any()
    shown, _ = drawn(face, "cartoon", size=256, background=str(blue))
    opacity = clear[..., 3:] / 255
    wanted = clear[..., :3] * opacity + (1 - opacity) * np.array([20, 40, 220])
    assert np.abs(shown - wanted).max() <= 2
    paper, _ = drawn(face, size=256, background="paper")
    assert (paper[clear[..., 3] == 0] == 255).mean() > 0.95


def test_what_draws_the_crop_alone_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--frame crop"):
        PortraitAnimator(device="cpu", quality="best", frame="full")
    with pytest.raises(InputError, match="not found"):
        PortraitAnimator(device="cpu", background=tmp_path / "absent.png")
