from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import VideoWriter, write_image
from scripts.evaluation.clips import Clip
from scripts.evaluation.methods import Settings, Studio
from scripts.evaluation.methods.external import External


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(Settings(device="cpu"))


def write_frames(folder: Path, count: int, side: int = 256) -> None:
    """Frame i has the grey value 10 i."""
    for index in range(count):
        write_image(folder / f"{index:03d}.png", np.full((side, side), 10 * index, np.uint8))


def test_frames_of_any_size_in_order(studio: Studio, clip: Clip, tmp_path: Path) -> None:
    write_frames(tmp_path / clip.name, 9, side=100)
    made = np.stack(list(External(studio, "x", tmp_path, frames=True).frames(clip, clip.frames)))
    assert made.shape == clip.frames.shape
    assert made[:, 0, 0, 0].tolist() == [10 * index for index in range(9)]


def test_another_rate_is_shown_at_the_right_times(studio: Studio, clip: Clip, tmp_path: Path) -> None:
    write_frames(tmp_path / clip.name, 23)
    method = External(studio, "x", tmp_path, frames=True, fps=Fraction("62.5"))
    shown = [int(frame[0, 0, 0]) // 10 for frame in method.frames(clip, clip.frames)]
    assert shown == [int(index * 2.5) for index in range(9)]


def test_videos_of_the_whole_picture_are_cut(studio: Studio, clip: Clip) -> None:
    # The clips themselves serve as the other program's output.
    method = External(studio, "x", clip.path.parent, view="clip")
    made = np.stack(list(method.frames(clip, clip.frames)))
    assert np.array_equal(made, clip.frames)
    assert method.inputs(clip.name) == [clip.path]


def test_what_is_missing_is_named(studio: Studio, clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        External(studio, "x", tmp_path / "nowhere")
    with pytest.raises(InputError, match=f"no video {clip.name}"):
        External(studio, "x", tmp_path).inputs(clip.name)
    with pytest.raises(InputError, match="no folder"):
        External(studio, "x", tmp_path, frames=True).inputs(clip.name)
    write_frames(tmp_path / clip.name, 3)
    with pytest.raises(InputError, match=r"ends after 0\.12 s"):
        list(External(studio, "x", tmp_path, frames=True).frames(clip, clip.frames))


def test_pictures_that_are_not_square_want_another_view(studio: Studio, clip: Clip, tmp_path: Path) -> None:
    with VideoWriter(tmp_path / f"{clip.name}.mp4", (320, 240), 25) as writer:
        for _ in clip.frames:
            writer.write(np.zeros((240, 320, 3), np.uint8))
    with pytest.raises(InputError, match="--view clip"):
        list(External(studio, "x", tmp_path).frames(clip, clip.frames))
