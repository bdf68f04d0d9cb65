"""The paint network learns from pairs of frames, keeps its best weights, and skips people held out."""

from pathlib import Path

import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module2_drawing.data import create_dataset
from module2_drawing.data.pair_clips import motion_distances, spread
from module2_drawing.networks.paint import painted
from module2_drawing.options import TrainOptions
from module2_drawing.training import create_model
from module2_drawing.training.base_model import updates_of
from module2_drawing.training.paint_model import weighted

FRAMES = 5


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips of a nodding face, drawn as a dark disc at the mouth, larger the more it is open."""
    folder = tmp_path_factory.mktemp("pairs")
    y, x = np.mgrid[:256, :256]
    face = load_standard_face()[:, :2] * (75, 75) + (128, 150)
    for clip in ("a", "b"):
        points = np.repeat(face[None], FRAMES, 0).astype(np.float32)
        points += np.arange(FRAMES, dtype=np.float32)[:, None, None] * (0, 1.5)
        points[:, [65, 66, 67, 55, 56, 57, 58, 59], 1] += 3 * np.arange(FRAMES)[:, None]
        drawings = np.full((FRAMES, 256, 256), 255, np.uint8)
        for number, one in enumerate(points):
            mx, my = one[60:68].mean(0)
            drawings[number][np.hypot(x - mx, y - my) < 4 + 3 * number] = 0
        (folder / clip).mkdir()
        np.save(folder / clip / "landmarks.npy", points)
        np.save(folder / clip / "photo.npy", np.full((FRAMES, 512, 512, 3), 150, np.uint8))
        np.save(folder / clip / "line_drawing.npy", drawings)
    (folder / "b.txt").write_text("b\n")
    return folder


def options(pairs: Path, tmp_path: Path, *more: str):
    given = f"--dataroot {pairs} --name t --checkpoints_dir {tmp_path} --model paint --gpu_ids -1 --pairs 16"
    return TrainOptions().parse([*given.split(), "--ngf", "8", "--batch_size", "8", *more])


def test_items(pairs: Path, tmp_path: Path) -> None:
    dataset = create_dataset(options(pairs, tmp_path))
    item = dataset[0]
    again = create_dataset(options(pairs, tmp_path))[0]
    assert all(torch.equal(item[name], again[name]) for name in item)
    assert {name: tuple(value.shape) for name, value in item.items()} == {
        "below": (1, 96, 96),
        "photo": (3, 96, 96),
        "truth": (1, 96, 96),
        "parts": (3, 96, 96),
        "expressions": (2, 10),
        "importance": (1, 96, 96),
        "near": (1, 96, 96),
    }
    assert ((item["importance"] == 1) == (item["near"] == 1)).all()


def test_people_held_out_are_not_learnt_from(pairs: Path, tmp_path: Path) -> None:
    dataset = create_dataset(options(pairs, tmp_path, "--held_out", str(pairs / "b.txt")))
    assert {folder.name for folder, _, _ in dataset.pairs.chosen} == {"a"}
    with pytest.raises(InputError, match="cannot read"):
        create_dataset(options(pairs, tmp_path, "--held_out", "nowhere.txt"))


def test_frames_are_spread(pairs: Path) -> None:
    points = np.load(pairs / "a" / "landmarks.npy")
    assert spread(points, 2).tolist() in ([0, 2], [2, 4])
    assert motion_distances(points)[0].argmax() == FRAMES - 1


def error_on(model, batch) -> float:
    """At lips and eyes of the batch that it learns from."""
    network = model.networks["paint"].eval()
    with torch.no_grad():
        paint = network(*(batch[name] for name in ("below", "photo", "parts", "expressions")))
    network.train()
    return float(weighted(painted(batch["below"], paint), batch["truth"], batch["near"]))


def test_it_learns_and_keeps_the_best(pairs: Path, tmp_path: Path) -> None:
    chosen = options(pairs, tmp_path, "--selection", str(pairs / "b.txt"), "--lr", "0.01", "--ema", "0")
    dataset, model = create_dataset(chosen), create_model(chosen)
    batch = torch.utils.data.default_collate([dataset[i] for i in range(8)])
    updates = updates_of(model, chosen)
    before = error_on(model, batch)
    for _ in range(30):
        updates(batch)
    model.folder.mkdir(parents=True)
    with updates.averaged():
        after, _ = model.selection_error()
        model.export(None)
    assert error_on(model, batch) < 0.9 * before
    assert model.best == after and (model.folder / "best_net_paint.pth").is_file()
    kept = (model.folder / "best_net_paint.pth").read_bytes()
    torch.nn.init.constant_(model.networks["paint"].last.bias, 5.0)
    model.best = 0.0  # better than anything that follows
    with updates.averaged():
        model.export(None)
    assert (model.folder / "best_net_paint.pth").read_bytes() == kept
    assert model.state_dict()["best"] == 0.0
