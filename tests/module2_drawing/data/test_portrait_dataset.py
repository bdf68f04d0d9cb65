import argparse
from pathlib import Path

import drawing_data
import numpy as np
import pytest
import torch
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.data import create_dataset
from module2_drawing.data.clip_poses import mouth_insides
from module2_drawing.data.layout import Layout, open_image, paths_of, read_landmarks, write_landmarks
from module2_drawing.data.loading import epoch_batches
from module2_drawing.data.masks import part_mask
from module2_drawing.data.portrait_dataset import neighbouring_pose
from module2_drawing.data.transforms import MIRRORED, Transform, choose_transform
from module2_drawing.options import TrainOptions


def options_for(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> argparse.Namespace:
    monkeypatch.chdir(folder)
    return TrainOptions().parse(["--dataroot", "small", "--output_nc", "1", "--gpu_ids", "-1", *arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    drawing_data.make_data(folder, pairs=True)
    return folder


def assert_dots_match(image: torch.Tensor, landmarks: torch.Tensor) -> None:
    """Outlines of the drawn face run through its landmarks."""
    inside = landmarks[36:60].round().long().clamp(0, image.shape[-1] - 1)
    near = torch.nn.functional.max_pool2d(-image[None], 5, stride=1, padding=2)[0]
    assert float((near[0, inside[:, 1], inside[:, 0]] > 0).float().mean()) > 0.9


def assert_parts_are_masked(item: dict[str, torch.Tensor]) -> None:
    for part, points in (("nose", slice(27, 36)), ("eyes", slice(36, 48)), ("lips", slice(48, 60))):
        mask = item["target_masks1"][("nose", "eyes", "lips").index(part)]
        inside = item["target1"][points].round().long().clamp(0, 255)
        assert float((mask[inside[:, 1], inside[:, 0]] > 0.5).float().mean()) > 0.9


def test_items_of_unpaired_photos(folder, monkeypatch):
    options = options_for(folder, monkeypatch, "--pair_probability", "0", "--select_target12_thre", "0")
    dataset = create_dataset(options)
    assert len(dataset) == 4
    for index in range(4):
        item = dataset[index]
        shapes = {name: tuple(value.shape) for name, value in item.items()}
        image, colour, masks = (1, 256, 256), (3, 256, 256), (3, 256, 256)
        assert shapes["photo"] == colour and shapes["real_masks"] == shapes["target_masks2"] == masks
        for name in ("static", "real", "clip1", "clip2", "other1", "other2", "truth1", "truth2", "matte"):
            assert shapes[name] == image, name
        assert float(item["has_truth"]) == 0
        assert_dots_match(item["static"], item["landmarks"])
        offset = item["target2"] - item["target1"]
        assert float(offset.min()) >= 0 and float(offset.max()) <= 3
        assert torch.allclose(offset[48:68], offset[48:49], atol=1e-4)
        assert_parts_are_masked(item)


def test_items_are_the_same_in_any_order_and_differ_between_epochs(folder, monkeypatch):
    dataset = create_dataset(options_for(folder, monkeypatch))
    first, again = dataset[2], create_dataset(dataset.options)
    again[0]
    second = again[2]
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    dataset.epoch = 2
    assert not torch.equal(first["photo"], dataset[2]["photo"])


def test_poses_of_clips_are_the_photos_own_with_another_expression(folder, monkeypatch):
    chosen = (
        "--pair_probability",
        "0",
        "--clip_poses",
        "1",
        "--truth",
        "moved",
        "--load_size",
        "256",
    )
    dataset = create_dataset(options_for(folder, monkeypatch, *chosen))
    opacities = []
    for index in range(4):
        item = dataset[index]
        distances = [float((item[f"target{k}"] - item["landmarks"]).norm(dim=1).mean()) for k in (1, 2)]
        assert max(distances) < 25  # a small motion of this face, not another face's pose
        steps = (item["target2"] - item["target1"]).norm(dim=1)
        assert float(steps[48:].max()) > 0 and float(steps[27:31].max()) < 4  # the head keeps still
        assert torch.equal(item["target_window1"], item["window"])
        assert_parts_are_masked(item)
        opacities += [item[f"inside_opacity{k}"] for k in (1, 2)]
        assert item["inside1"].shape == (1, 256, 256)
    assert max(float(x.max()) for x in opacities) <= 1


def test_an_opened_mouth_has_an_inside(folder, monkeypatch):
    dataset = create_dataset(options_for(folder, monkeypatch, "--truth", "moved"))
    item = dataset[0]
    closed = item["landmarks"].clone()
    opened = closed.clone()
    closed[65:68] = closed[61:64].flip(0)
    opened[65:68, 1] = opened[61:64, 1].flip(0) + 15
    insides = mouth_insides({"landmarks": closed, "target1": closed, "target2": opened}, 256, 3)
    assert float(insides["inside_opacity1"].max()) == 0
    x, y = opened[[62, 66]].mean(0).round().long()
    assert float(insides["inside_opacity2"][0, y, x]) == pytest.approx(1, abs=1e-3)
    assert insides["inside2"].shape == (3, 256, 256)


def test_true_pairs(folder, monkeypatch):
    options = options_for(folder, monkeypatch, "--pair_probability", "1", "--load_size", "256", "--no_flip")
    dataset = create_dataset(options)
    item = dataset[0]
    assert float(item["has_truth"]) == 1
    assert_dots_match(item["truth1"], item["target1"])
    assert_dots_match(item["truth2"], item["target2"])
    assert not torch.equal(item["truth1"], item["truth2"])


def test_poses_of_drawn_clips(folder, monkeypatch):
    options = options_for(folder, monkeypatch, "--pair_probability", "0", "--select_target12_thre", "1")
    item = create_dataset(options)[0]
    assert_dots_match(item["clip1"], item["target1"])
    assert_dots_match(item["clip2"], item["target2"])


def test_own_pose(folder, monkeypatch):
    thresholds = ("--select_target12_thre", "0", "--select_noniden_thre", "0")
    item = create_dataset(options_for(folder, monkeypatch, "--pair_probability", "0", *thresholds))[1]
    assert torch.equal(item["target1"], item["landmarks"])


def test_without_drawn_clips_the_coherence_discriminator_is_refused(tmp_path, monkeypatch):
    data = drawing_data.make_data(tmp_path)
    for clip in (data / "Drawing").glob("clip_*"):
        clip.rename(clip.with_name("x" + clip.name))
    options = options_for(tmp_path, monkeypatch)
    with pytest.raises(InputError, match="no drawn clips"):
        create_dataset(options)
    options.coherent, options.select_target12_thre = 0, 0.0
    assert "clip1" not in create_dataset(options)[0]


def test_a_large_offset_moves_everything_together():
    masks = torch.zeros(3, 32, 32)
    masks[:, 8:12, 8:12] = 1
    pose = {"landmarks": torch.rand(68, 2) * 20, "masks": masks}
    found = neighbouring_pose(pose, 9.0, np.random.default_rng(0))
    offset = found["landmarks"] - pose["landmarks"]
    assert torch.allclose(offset, offset[:1], atol=1e-5) and float(offset.max()) > 3
    x, y = (round(float(v)) for v in offset[0])
    assert torch.equal(found["masks"].nonzero(), masks.nonzero() + torch.tensor([0, y, x]))


def test_mirrored_landmarks_are_a_face_again():
    assert sorted(MIRRORED) == list(range(68)) and (MIRRORED[MIRRORED] == np.arange(68)).all()
    points = drawing_data.face_landmarks(3)
    transform = Transform((256, 256), (0, 0, 256, 256), flip=True)
    mirrored = transform.landmarks(points, (128, 128))
    assert float(mirrored[0, 0]) < float(mirrored[16, 0]) and float(mirrored[36, 0]) < float(mirrored[45, 0])
    image = Image.fromarray(drawing_data.face_image(points, 3, drawing=True))
    assert_dots_match(transform.tensor(image)[:1], mirrored)


@pytest.mark.parametrize("seed", range(5))
def test_crops_keep_the_face_window(seed, folder, monkeypatch):
    options = options_for(folder, monkeypatch)
    transform = choose_transform(options, (128, 128), np.random.default_rng(seed))
    left, right, top, bottom = transform.window().tolist()
    assert 0 <= left < right <= 256 and 0 <= top < bottom <= 256 and right - left == round(0.7 * 286)


@pytest.mark.parametrize(
    ("preprocess", "original", "size"),
    [
        ("resize_and_crop", (300, 200), (256, 256)),
        ("crop", (300, 400), (256, 256)),
        ("scale_width", (572, 286), (286, 143)),
        ("scale_width_and_crop", (572, 1144), (256, 256)),
        ("none", (101, 202), (100, 200)),
    ],
)
def test_preprocessing(preprocess, original, size, folder, monkeypatch):
    options = options_for(folder, monkeypatch, "--preprocess", preprocess)
    transform = choose_transform(options, original, np.random.default_rng(0))
    assert transform.image(Image.new("RGB", original)).size == size


def test_batches_are_shared_without_overlap(monkeypatch):
    options = argparse.Namespace(seed=1, serial_batches=False, batch_size=2)
    dataset = range(11)
    alone = epoch_batches(dataset, options, 3)
    assert len(alone) == 5 and len({i for batch in alone for i in batch}) == 10
    assert alone != epoch_batches(dataset, options, 4)
    monkeypatch.setattr("module2_drawing.data.loading.distributed.world_size", lambda: 2)
    shares = []
    for rank in (0, 1):
        monkeypatch.setattr("module2_drawing.data.loading.distributed.rank", lambda rank=rank: rank)
        shares.append(epoch_batches(dataset, options, 3))
    together = [sorted(a + b) for a, b in zip(*shares, strict=True)]
    options.batch_size = 4
    monkeypatch.undo()
    assert together == [sorted(batch) for batch in epoch_batches(dataset, options, 3)]
    options.batch_size = 12
    with pytest.raises(InputError, match="lower --batch_size"):
        epoch_batches(dataset, options, 1)


def test_layout_of_other_styles():
    photo, cartoon = "/d/Photo/a/x.png", Layout("cartoon")
    assert cartoon.static(photo) == Path("/d/fakeB5_static/a/x.png")
    assert cartoon.landmarks("/d/Cartoon/a/x.png") == Path("/d/Blm_txt/MTCNN/a/x.txt")
    assert cartoon.landmarks("/d/Alm/MTCNN/a/00001.png") == Path("/d/Alm_txt/MTCNN/a/00001.txt")
    own = Layout("charcoal")
    assert own.mask(f"/d/{own.drawing_folder}/x.png", "lips") == Path("/d/Bmask/lips/x.png")
    assert own.matte(photo) == Path("/d/Amatte/a/x.png")
    assert Layout().window("/d/Drawing/f/1.png") == Path("/d/Blm_txt/MTCNN/f/1_win.txt")


def test_a_folder_stands_in_for_a_list(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.png", "a.jpg", "notes.txt"):
        (tmp_path / "set/trainA").mkdir(parents=True, exist_ok=True)
        (tmp_path / "set/trainA" / name).write_bytes(b"x")
    assert [Path(path).name for path in paths_of("set", "train", "A")] == ["a.jpg", "b.png"]
    assert len(paths_of("set", "train", "A", limit=1)) == 1
    with pytest.raises(InputError, match="no data for --dataroot set"):
        paths_of("set", "train", "B")


def test_each_style_has_its_list_of_drawings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lists = tmp_path / "datasets/list/trainB"
    lists.mkdir(parents=True)
    for name in ("set", "set_oil"):
        (lists / f"{name}.txt").write_text(f"{name}.png\n")
    found = [paths_of("set", "train", "B", style=style) for style in (None, "oil", "cartoon")]
    assert found == [["set.png"], ["set_oil.png"], ["set.png"]]


def test_landmark_files_round_trip(tmp_path):
    points = drawing_data.face_landmarks(1)
    write_landmarks(tmp_path / "x.txt", np.concatenate((points, points[:, :1]), 1))
    assert np.abs(read_landmarks(tmp_path / "x.txt") - points).max() < 1e-4


def test_unreadable_images_are_named(tmp_path):
    (tmp_path / "x.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(InputError, match=r"x\.png"):
        open_image(tmp_path / "x.png")


@pytest.mark.parametrize("part", ["nose", "eyes", "lips"])
def test_part_masks_may_leave_the_frame(part):
    points = drawing_data.face_landmarks(0)
    mask = part_mask(points, part, (128, 100))
    assert mask.shape == (100, 128) and 0 < (mask > 0).mean() < 0.2
    assert part_mask(points + 500, part, (128, 128)).max() == 0
