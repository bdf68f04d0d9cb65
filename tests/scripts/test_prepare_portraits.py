import csv
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from cli_tools import run
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.data.layout import Layout, paths_of, read_landmarks
from scripts import prepare_portraits


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    astronaut = Image.fromarray(skimage.data.astronaut())
    astronaut.save(folder / "one.png")
    astronaut.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "deep/two.jpg")
    Image.fromarray(np.full((200, 200, 3), 180, np.uint8)).save(folder / "empty.png")
    (folder / "broken.jpg").write_text("no image")
    return folder


def test_of_two_photos_of_one_name_one_is_told(tmp_path, capsys):
    for name in ("a.HEIC", "a.jpg", "deep/a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = prepare_portraits.images_in([tmp_path])
    assert found == {"a": tmp_path / "a.HEIC", "deep_a": tmp_path / "deep/a.jpg"}
    assert "a.jpg is left out: " in capsys.readouterr().err


def test_photos_become_training_data(photos, tmp_path, capsys, monkeypatch):
    command = [str(photos), "--out", "Data", "--name", "faces"]
    prepare_portraits.main([*command, "--processes", "2"])
    layout, data = Layout(), tmp_path / "Data"
    files = ("trainA/faces.txt", "trainB/faces_line_drawing.txt")
    lists = [(tmp_path / "datasets/list" / file).read_text().splitlines() for file in files]
    assert lists == [
        [str(data / f"{f}/faces/{n}.png") for n in ("deep_two", "one")] for f in ("Photo", "Drawing")
    ]
    photo = Path(lists[0][1])
    sizes = {Image.open(path).size for path in (photo, layout.static(photo), layout.mask(photo, "lips"))}
    assert sizes == {(512, 512)}
    assert Image.open(layout.static(photo)).mode == "L"
    landmarks = read_landmarks(layout.landmarks(photo))
    lips = np.asarray(Image.open(layout.mask(photo, "lips")))
    x, y = landmarks[48:].mean(0).round().astype(int)
    assert lips[y, x] == 255 and 0.005 < (lips > 0).mean() < 0.1
    matte = np.asarray(Image.open(layout.matte(photo)))
    assert matte[128, 128] > 230 and 0.2 < (matte > 127).mean() < 0.95
    assert read_landmarks(layout.landmarks(lists[1][1])).shape == (68, 2)

    with (data / "refused_faces.csv").open() as file:
        rows = {Path(row["image"]).name: row["reason"] for row in csv.DictReader(file)}
    assert set(rows) == {"empty.png", "broken.jpg"} and "no face" in rows["empty.png"]
    said = capsys.readouterr().err
    assert "2 images used, 2 refused" in said and str(tmp_path / "datasets/list") in said
    # From any folder, with that of the lists in front.
    monkeypatch.chdir(tmp_path / "Data")
    named = str(tmp_path / "datasets/list/faces")
    assert [paths_of(named, "train", d, style="line_drawing") for d in "AB"] == lists
    monkeypatch.chdir(tmp_path)

    # Once more: what is there stays, what is missing is made.
    layout.landmarks(photo).unlink()
    other = Path(lists[0][0])
    before = other.stat().st_mtime_ns
    prepare_portraits.main(command)
    assert layout.landmarks(photo).is_file() and other.stat().st_mtime_ns == before

    # Another style adds its drawing and leaves the photo alone.
    prepare_portraits.main([*command, "--style", "cartoon"])
    assert Image.open(Layout("cartoon").static(other)).mode == "RGB" and other.stat().st_mtime_ns == before


def test_own_drawings_show_a_style_that_nothing_renders_yet(photos, tmp_path):
    drawings = tmp_path / "drawings"
    drawings.mkdir()
    Image.fromarray(skimage.data.astronaut()).convert("L").save(drawings / "example.png")
    command = [str(photos / "one.png"), "--out", "Data", "--style", "charcoal", "--name", "faces"]
    prepare_portraits.main([*command, "--drawings", str(drawings)])
    layout = Layout("charcoal")
    drawing = tmp_path / "Data" / layout.drawing_folder / "faces/example.png"
    assert drawing.is_file() and layout.landmarks(drawing).is_file()
    static = layout.static(tmp_path / "Data/Photo/faces/one.png")
    assert not static.exists()
    with pytest.raises(InputError, match="nothing draws the style charcoal"):
        prepare_portraits.main(command)
    with pytest.raises(InputError, match="nothing draws the style smudge"):
        prepare_portraits.main([*command, "--drawings", str(drawings), "--renderer", "smudge"])
    prepare_portraits.main([*command, "--drawings", str(drawings), "--renderer", "line_drawing"])
    assert static.is_file()


def test_validation_photos_are_the_same_in_every_run():
    names = [f"photo_{i}" for i in range(1000)]
    held_out = [name for name in names if prepare_portraits.is_validation(name, 0.1)]
    assert 70 < len(held_out) < 130
    assert set(held_out) < {name for name in names if prepare_portraits.is_validation(name, 0.3)}


@pytest.mark.parametrize("photos_argument", ["missing", "."])
def test_bad_input_is_one_line(photos_argument, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(prepare_portraits.main, photos_argument, "--out", "Data")
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_shares_and_processes_that_cannot_be(tmp_path, capsys):
    (tmp_path / "a.jpg").write_text("no image")
    for more in (["--validation", "1"], ["--processes", "0"]):
        with pytest.raises((SystemExit, InputError), match=r"2|0 processes"):
            prepare_portraits.main([str(tmp_path), "--out", str(tmp_path / "Data"), *more])
    assert "--validation 1 is no share" in capsys.readouterr().err
