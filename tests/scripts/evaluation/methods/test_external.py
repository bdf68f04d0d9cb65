from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import VideoWriter
from scripts.evaluation.clips import Clip
from scripts.evaluation.methods import Settings, Studio
from scripts.evaluation.methods.external import External


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(Settings(device="cpu"))


def write_video(path: Path, count: int, size: tuple[int, int] = (100, 100), fps: float = 25) -> None:
    """Frame i has the grey value 10 i."""
    with VideoWriter(path, size, fps) as writer:
        for index in range(count):
            writer.write(np.full((size[1], size[0], 3), 10 * index, np.uint8))


@pytest.mark.parametrize(("fps", "count"), [(25, 9), (50, 18)])
def test_videos_of_any_size_and_rate(
    studio: Studio, clip: Clip, tmp_path: Path, fps: float, count: int
) -> None:
    write_video(tmp_path / f"{clip.name}.mp4", count, fps=fps)
    method = External(studio, "x", tmp_path)
    made = np.stack(list(method.frames(clip, clip.frames)))
    assert made.shape == clip.frames.shape
    wanted = [10 * index * fps / 25 for index in range(9)]
    assert np.abs(made[:, 128, 128, 0] - wanted).max() < 6
    assert method.inputs(clip.name) == [tmp_path / f"{clip.name}.mp4"]


def test_what_is_missing_is_named(studio: Studio, clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        External(studio, "x", tmp_path / "nowhere")
    with pytest.raises(InputError, match=f"no video {clip.name}"):
        External(studio, "x", tmp_path).inputs(clip.name)
    write_video(tmp_path / f"{clip.name}.mp4", 3)
    with pytest.raises(InputError, match=r"ends after 0\.12 s"):
        list(External(studio, "x", tmp_path).frames(clip, clip.frames))


def test_pictures_that_are_not_square_are_refused(studio: Studio, clip: Clip, tmp_path: Path) -> None:
    write_video(tmp_path / f"{clip.name}.mp4", 9, (320, 240))
    with pytest.raises(InputError, match="not square"):
        list(External(studio, "x", tmp_path).frames(clip, clip.frames))
