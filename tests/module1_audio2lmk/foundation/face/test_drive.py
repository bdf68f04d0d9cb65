"""A clip of the photo itself, shifted, lost in places, drives the photo: as a whole, as read, as a camera."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.drive import clip_motion
from module1_audio2lmk.foundation.face.live_drive import CameraDrive, ClipDrive
from module1_audio2lmk.foundation.media import VideoWriter

FPS = Fraction(25)
SHIFT = 12  # px of the clip, in its second half


def write(path: Path, pictures: list[np.ndarray]) -> Path:
    with VideoWriter(path, (256, 256), FPS) as writer:
        for picture in pictures:
            writer.write(picture)
    return path


@pytest.fixture(scope="module")
def nodding(photo, tmp_path_factory) -> Path:
    """20 frames; from the 10th on the face lies 12 px lower."""
    small = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)
    lower = cv2.warpAffine(
        small, np.float32([[1, 0, 0], [0, 1, SHIFT]]), (256, 256), borderMode=cv2.BORDER_REPLICATE
    )
    return write(tmp_path_factory.mktemp("drive") / "nodding.mp4", [small] * 10 + [lower] * 10)


def drop(frames: np.ndarray) -> float:
    """How much lower the nose lies at the end, px of the crop."""
    return float(frames[-1, 30, 1] - frames[0, 30, 1])


def expected(face) -> float:
    """SHIFT in px of the photo's crop: the clip is the photo at half its size."""
    left, top, right, bottom = face.box
    return SHIFT * 2 * 512 / round(int(min(right - left + 1, bottom - top + 1) * 1.2) / 0.7)


def test_a_clip_moves_the_photo(nodding, face):
    frames = clip_motion(nodding, face, FPS)
    assert frames.shape == (20, 68, 2) and frames.dtype == np.float32
    assert drop(frames) == pytest.approx(expected(face), rel=0.25)
    assert np.abs(frames[:8] - face.landmarks[:, :2]).mean() < 4


def test_a_clip_moves_the_photo_as_it_is_read(nodding, face):
    drive = ClipDrive(nodding, face, FPS)
    moments = []
    while not drive.over:
        moments.append(drive.take())
    assert len(moments) == 20 and all(len(m.sound) == 640 for m in moments)
    # The motion is faded in over the first frames.
    assert drop(np.stack([m.landmarks for m in moments])) == pytest.approx(expected(face), rel=0.25)


def test_a_camera_moves_the_photo_and_lets_it_rest(photo, face):
    drive = CameraDrive(face, FPS)
    lower = cv2.warpAffine(photo, np.float32([[1, 0, 0], [0, 1, 2 * SHIFT]]), (512, 512))
    shown = []
    for picture in [photo] * 20 + [lower] * 20 + [np.full_like(photo, 200)] * 25:
        drive.show(picture, 1.0)
        assert drive.advance()
        shown.append(drive.take().landmarks)
    frames = np.stack(shown)
    assert np.abs(frames[19] - face.landmarks[:, :2]).mean() < 4
    assert drop(frames[19:40]) == pytest.approx(expected(face), rel=0.25)
    np.testing.assert_allclose(frames[-1], face.landmarks[:, :2], atol=1)
    assert not drive.advance(), "there is no picture to look at"


def test_clips_that_cannot_drive(photo, face, voice_path, tmp_path):
    blank = np.full((256, 256, 3), 200, np.uint8)
    with pytest.raises(InputError, match="shows no face in its first 10 s"):
        clip_motion(write(tmp_path / "blank.mp4", [blank] * 3), face, FPS)
    small = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)
    with pytest.raises(InputError, match="no face in 75% of its frames"):
        clip_motion(write(tmp_path / "gone.mp4", [small] + [blank] * 3), face, FPS)
    still = write(tmp_path / "still.mp4", [small])
    for read in (lambda: clip_motion(still, face, FPS), lambda: ClipDrive(still, face, FPS)):
        with pytest.raises(InputError, match="is one picture"):
            read()
    with pytest.raises(InputError, match="no picture"):
        ClipDrive(voice_path, face, FPS)
