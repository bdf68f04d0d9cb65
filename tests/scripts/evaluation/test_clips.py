import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import iter_frames
from scripts.evaluation.clips import Clip, load_clip, select_clips


def names(paths: list[Path]) -> list[str]:
    return [path.stem for path in paths]


def test_a_folder_a_list_and_a_split(clips: Path, tmp_path: Path) -> None:
    assert names(select_clips(clips)) == ["left", "nobody", "right"]
    listed = tmp_path / "list.txt"
    listed.write_text("right.mp4  # a comment\n\nleft\nright\n")
    assert names(select_clips(clips, listed)) == ["right", "left"]
    listed.write_text(json.dumps({"train": ["left"], "validation": ["right"]}))
    assert names(select_clips(clips, listed)) == ["right"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stranger", "no clip stranger"),
        ("{", "no list of names or is damaged"),
        ('{"train": []}', "no part"),
        ("\n", "no clip"),
    ],
)
def test_a_wrong_list_is_explained(clips: Path, tmp_path: Path, text: str, message: str) -> None:
    listed = tmp_path / "list"
    listed.write_text(text + "\n")
    with pytest.raises(InputError, match=message):
        select_clips(clips, listed)


def test_wrong_folders_are_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found"):
        select_clips(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no clips in"):
        select_clips(tmp_path)


def test_a_clip_is_seen_from_its_first_face(clip: Clip) -> None:
    assert clip.frames.shape == (9, 256, 256, 3) and clip.fps == 25
    assert len(clip.sound) == round(9 / 25 * 16000)
    # The face moves to the right in a square that stands still.
    path = clip.located.landmarks.mean(1)
    assert clip.located.found.all()
    scale = 256 / (clip.box[2] - clip.box[0])
    assert 0 < path[-1, 0] - path[0, 0] < 8 * 2 * scale
    assert abs(path[-1, 1] - path[0, 1]) < 1
    assert np.abs(clip.located.landmarks[0] - clip.photo_landmarks).mean() < 1.5
    crops = list(clip.crops())
    assert len(crops) == 9 and crops[0].shape == (512, 512, 3)
    assert np.array_equal(crops[0], clip.face.image)


def test_only_the_beginning_and_another_rate(clips: Path) -> None:
    assert len(load_clip(clips / "left.mp4", seconds=0.2).frames) == 5
    slow, fast = ([f[0, 0] for f in iter_frames(clips / "left.mp4", Fraction(r))] for r in (12.5, 50))
    own = [frame[0, 0] for frame in iter_frames(clips / "left.mp4")]
    assert (
        np.array_equal(slow, own[::2]) and np.array_equal(fast[::2], own) and np.array_equal(fast[1::2], own)
    )


def test_a_clip_without_a_face_is_refused(clips: Path) -> None:
    with pytest.raises(InputError, match="face"):
        load_clip(clips / "nobody.mp4")
