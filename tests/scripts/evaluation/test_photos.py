from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from scripts.evaluation.clips import Clip
from scripts.evaluation.photos import Subject, find_photos, groups_of, in_motion
from scripts.prepare_portraits import is_validation

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("old_001", "old_002", "young_001", "young_002", "young_003"):
        (tmp_path / f"{name}.jpg").touch()
    return tmp_path


def test_groups_are_names_without_numbers_prefixes_or_a_file(tmp_path: Path) -> None:
    assert groups_of(None)("female_asian_012") == "female_asian" and groups_of(None)("7") == "others"
    assert groups_of("none")("anything") == ""
    by_prefix = groups_of("male,male_white, female")
    assert [by_prefix(name) for name in ("male_white_1", "male_black_1", "cat")] == [
        "male_white",
        "male",
        "others",
    ]
    (tmp_path / "groups.txt").write_text("a_1 first group\n\nb_1 second\n")
    by_file = groups_of(str(tmp_path / "groups.txt"))
    assert (by_file("a_1"), by_file("b_1"), by_file("c_1")) == ("first group", "second", "others")
    (tmp_path / "bad.txt").write_text("a_1\n")
    with pytest.raises(InputError, match="NAME GROUP"):
        groups_of(str(tmp_path / "bad.txt"))
    with pytest.raises(InputError, match="empty"):
        groups_of(" , ")


def test_photos_of_a_list_or_those_held_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("young_002.jpg\nold_001 # comment\nold_001\n")
    listed = find_photos(folder, tmp_path / "list.txt", 0.04, groups_of(None))
    assert [(photo.name, photo.group) for photo in listed] == [("young_002", "young"), ("old_001", "old")]
    held_out = find_photos(folder, None, 0.5, groups_of("none"))
    names = ["old_001", "old_002", "young_001", "young_002", "young_003"]
    assert [photo.name for photo in held_out] == [name for name in names if is_validation(name, 0.5)]
    assert len(find_photos(folder, None, 1, groups_of(None))) == 5


def test_lists_that_cannot_be_used(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("nobody\n")
    with pytest.raises(InputError, match="nobody"):
        find_photos(folder, tmp_path / "list.txt", 1, groups_of(None))
    (tmp_path / "list.txt").write_text("# none\n")
    with pytest.raises(InputError, match="names no photo"):
        find_photos(folder, tmp_path / "list.txt", 1, groups_of(None))
    with pytest.raises(InputError, match="held out"):
        find_photos(folder, None, 1e-9, groups_of(None))
    with pytest.raises(InputError, match="not found"):
        find_photos(folder / "missing", None, 1, groups_of(None))


def photos(*names: str) -> list[Subject]:
    return [Subject(name, Path(name), None, name[0]) for name in names]


def test_a_limit_is_spread_over_the_groups() -> None:
    clips = [Path("x")]
    chosen = in_motion(photos("b1", "a3", "a1", "a2", "b2"), clips, 3)
    assert [photo.name for photo in chosen] == ["a1", "b1", "a2"]
    assert len(in_motion(photos("b1", "a3"), clips)) == 2


def test_the_photos_of_a_group_get_different_clips_and_all_groups_the_same() -> None:
    clips = [Path(name) for name in ("x", "y")]
    chosen = {photo.name: photo.clip.name for photo in in_motion(photos("a1", "a2", "a3", "b1", "b2"), clips)}
    assert chosen == {"a1": "x", "a2": "y", "a3": "x", "b1": "x", "b2": "y"}
    assert in_motion(photos("a1"), clips, seed=3)[0].clip.name == "y"


def test_a_photo_is_moved_by_the_motion_of_a_clip(clips: Path, clip: Clip) -> None:
    photo = Subject("woman", ROOT / "data/examples/astronaut.jpg", clips / "right.mp4")
    moved = photo.load(0.2)
    assert not photo.is_clip and photo.files == [photo.photo, photo.clip]
    assert moved.count == 5 and len(moved.sound) == round(5 / 25 * 16000)
    motion = moved.motion()
    assert motion.shape == (5, 68, 2) and motion.dtype == np.float32
    # Nearly the clip's own face: it is at the photo in the frame that is most like it, which of five equal
    # ones depends on the processor, and goes to the right as the clip does.
    assert np.abs(motion - moved.face.landmarks[:, :2]).mean((1, 2)).min() < 4
    step = np.diff(motion.mean(1), axis=0)
    assert (step[:, 0] > 0.6).all() and np.abs(step[:, 1]).max() < 2
    drawn = moved.references(lambda face: face.image[:2, :2], step=2)
    assert np.array_equal(drawn, moved.face.image[None, :2, :2])


def test_a_photo_that_is_not_moved_is_a_reference_alone() -> None:
    photo = Subject("woman", ROOT / "data/examples/astronaut.jpg", None)
    assert photo.files == [photo.photo]
    assert photo.load(1).count == 0
