from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from cli_tools import run
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import VideoWriter
from module2_drawing.data.clip_tracks import crops, follow
from module2_drawing.data.clips import drawn_clips, neighbours, talking_clips
from module2_drawing.data.layout import Layout, open_image, read_landmarks, read_window
from scripts import prepare_clip


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A face that drifts to the right, a cut to its mirror image, and a film without a face."""
    folder = tmp_path_factory.mktemp("films")
    photo = cv2.resize(np.ascontiguousarray(skimage.data.astronaut()[:384, 48:432]), (256, 256))
    mirrored = np.ascontiguousarray(photo[:, ::-1])
    with VideoWriter(folder / "drift.mp4", (256, 256), 25) as writer:
        for i in range(20):
            image = photo if i < 11 else mirrored
            shift = np.float32([[1, 0, (i % 11) * 1.5], [0, 1, 0]])
            writer.write(cv2.warpAffine(image, shift, (256, 256), borderMode=cv2.BORDER_REPLICATE))
    with VideoWriter(folder / "grey.mp4", (256, 256), 25) as writer:
        for _ in range(10):
            writer.write(np.full((256, 256, 3), 128, np.uint8))
    return folder


def test_a_film_is_followed_from_cut_to_cut(films):
    first, second = follow(films / "drift.mp4")
    assert (first.first, len(first.meshes)) == (0, 11) and (second.first, len(second.meshes)) == (11, 9)
    # The crop stands still, so the landmarks drift with the face.
    drift = first.landmarks(10)[:, 0].mean() - first.landmarks(0)[:, 0].mean()
    assert drift > 10
    left, right, top, bottom = first.window(5)
    assert right - left == pytest.approx(0.7 * 512, abs=6) and bottom - top == pytest.approx(0.7 * 512, abs=6)
    frames = list(crops(films / "drift.mp4", [second]))
    assert [index for _, index, _ in frames] == list(range(9)) and frames[0][2].shape == (512, 512, 3)


@pytest.fixture(scope="module")
def prepared(films, tmp_path_factory):
    """A folder with Data and lists, what made it, and what was said."""
    folder = tmp_path_factory.mktemp("prepared")
    command = [str(films), "--out", "Data", "--name", "faces", "--pairs", "--fps", "6.25"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return folder, command, run(prepare_clip.main, *command).stderr


def test_pairs_and_films_are_found_by_the_data_set(prepared, monkeypatch):
    folder, command, said = prepared
    monkeypatch.chdir(folder)
    assert "grey.mp4 shows no face" in said
    layout = Layout()
    clips = talking_clips("faces", "train")
    assert [len(clip) for clip in clips] == [3, 3]
    photo = Path(clips[0][0])
    for path in (
        layout.static(photo),
        layout.matte(photo),
        layout.mask(photo, "eyes"),
        layout.landmarks(photo),
    ):
        assert path.is_file(), path
    drawings = drawn_clips([str(folder / "Data/Drawing/set/x.png")])
    assert [len(clip) for clip in drawings] == [3, 3]
    frame = drawings[0][0]
    assert open_image(frame, "L").size == (512, 512)
    points, (left, right, top, bottom) = (
        read_landmarks(layout.landmarks(frame)),
        read_window(layout.window(frame)),
    )
    inside = (points[:, 0] > left) & (points[:, 0] < right) & (points[:, 1] > top) & (points[:, 1] < bottom)
    assert inside.all()
    one, two = neighbours(drawings[0], np.random.default_rng(0))
    assert drawings[0].index(two) == drawings[0].index(one) + 1

    before = photo.stat().st_mtime_ns
    prepare_clip.main([*command, "--validation", "drift"])
    assert photo.stat().st_mtime_ns == before and len(talking_clips("faces", "val")) == 2


def test_another_style_adds_its_drawings_to_the_same_photos(prepared, monkeypatch):
    folder, command, _ = prepared
    monkeypatch.chdir(folder)
    photos = sorted((folder / "Data/Photo").rglob("*.png"))
    before = [photo.stat().st_mtime_ns for photo in photos]
    prepare_clip.main([*command, "--style", "cartoon", "--seconds", "0.3"])
    assert [photo.stat().st_mtime_ns for photo in photos] == before
    layout = Layout("cartoon")
    drawn = [clip for clip in talking_clips("faces", "train", layout) if layout.static(clip[0]).is_file()]
    assert [[int(Path(path).stem) for path in clip] for clip in drawn] == [[0, 4]]
    assert Image.open(layout.static(drawn[0][1])).mode == "RGB"


def test_data_of_the_former_name_go_on_under_it(prepared, tmp_path, monkeypatch):
    _, command, _ = prepared
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Data/films").mkdir(parents=True)
    prepare_clip.main([command[0] + "/drift.mp4", *command[1:], "--fps", "3.125"])
    assert [Path(clip[0]).parent.name for clip in talking_clips("faces", "train")] == [
        "film_drift_00",
        "film_drift_01",
    ]
    assert len(drawn_clips([str(tmp_path / "Data/Drawing/set/x.png")])) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.mp4"], "not found"),
        (["."], "no clips"),
        (["{films}/grey.mp4"], "no clip could be used"),
        (["{films}/drift.mp4", "--fps", "0"], "above 0"),
        (["{films}/drift.mp4", "--validation", "@nothing"], "not found: nothing"),
    ],
)
def test_bad_input(arguments, message, films, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        prepare_clip.main([a.format(films=films) for a in arguments] + ["--out", "Data"])
