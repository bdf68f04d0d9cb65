"""Supervised pairs: motion carried over to photos, the made-up inside of a mouth, the data set, the model."""

import argparse

import numpy as np
import pytest
import torch
from drawing_data import standard_face
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.retarget import retarget, similarity
from module2_drawing.data.clip_poses import nod_head
from module2_drawing.data.layout import write_landmarks
from module2_drawing.data.masks import moving_region
from module2_drawing.networks.overpaint import Layers
from module2_drawing.options import TrainOptions
from module2_drawing.training.motion_pairs_model import paint_loss


def test_similarity_is_recovered():
    points = np.random.default_rng(0).normal(0, 30, (9, 2))
    turn = 1.3 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    matrix, shift = similarity(points, points @ turn.T + [5, -3])
    np.testing.assert_allclose(matrix, turn, atol=1e-9)
    np.testing.assert_allclose(shift, [5, -3], atol=1e-9)


def test_expression_is_carried_over_without_the_head_motion():
    photo, before = standard_face(), standard_face() * 0.5 + 40
    turn = np.array([[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]])
    still = retarget(photo, before, before @ turn.T + [9, 4])
    np.testing.assert_allclose(still, photo, atol=1e-6)
    opened = retarget(photo, before, standard_face(12) * 0.5 + 40)
    np.testing.assert_allclose(opened, standard_face(12), atol=1e-6)
    closed = retarget(standard_face(0), standard_face(12), standard_face(0))
    assert all(closed[a, 1] <= closed[b, 1] + 1e-9 for a, b in ((61, 67), (62, 66), (63, 65)))


def test_a_nod_keeps_the_shape():
    random = np.random.default_rng(1)
    for _ in range(20):
        moved = nod_head(standard_face(), random)
        matrix, shift = similarity(standard_face(), moved)
        np.testing.assert_allclose(standard_face() @ matrix.T + shift, moved, atol=1e-6)
        assert 0.93 < np.sqrt(np.linalg.det(matrix)) < 1.07
        assert np.abs(moved - standard_face()).max() < 45


def layers(below: torch.Tensor, paint: torch.Tensor, chosen: float) -> Layers:
    opacity = torch.full_like(below, chosen)
    return Layers(below, paint, opacity, opacity)


def test_paint_is_true_where_the_truth_is_known():
    truth, known = torch.full((1, 1, 32, 32), -1.0), torch.zeros(1, 1, 32, 32)
    known[..., :16, :] = 1
    wrong = [float(paint_loss(layers(-truth, paint, 0.5), truth, known)) for paint in (truth, -truth)]
    assert wrong[1] - wrong[0] == pytest.approx(0.5 * 2)
    elsewhere = torch.where(known > 0, truth, 0.3)
    assert float(paint_loss(layers(-truth, elsewhere, 0.5), truth, known)) == pytest.approx(wrong[0])


def test_paint_is_chosen_where_it_is_truer():
    truth, known = torch.full((1, 1, 32, 32), -1.0), torch.ones(1, 1, 32, 32)
    right, off = truth.clone(), truth + 0.4
    for below, paint, wanted in ((off, right, 0.99), (right, off, 0.01)):
        losses = {c: float(paint_loss(layers(below, paint, c), truth, known)) for c in (0.01, 0.99)}
        assert min(losses, key=losses.get) == wanted
    unknown = {c: float(paint_loss(layers(off, right, c), truth, 0 * known)) for c in (0.01, 0.99)}
    assert unknown[0.01] < unknown[0.99]


def test_moving_region_covers_lips_and_eyes():
    region = moving_region(standard_face(), 256)
    for x, y in standard_face()[36:].round().astype(int):
        assert region[y, x] == 1
    assert region[:20].max() == 0
    assert 0.02 < region.mean() < 0.2


@pytest.fixture
def dataroot(tmp_path, monkeypatch):
    """Three photos and one clip of four frames, in the published layout."""
    random = np.random.default_rng(0)
    photos = []
    for folder, count in (("people", 3), ("clip1", 4)):
        for i in range(count):
            for kind, mode in (("Photo", "RGB"), ("fakeB_static", "L"), ("Amatte", "L")):
                path = tmp_path / "Data" / kind / folder / f"{i}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                shape = (64, 64, 3) if mode == "RGB" else (64, 64)
                pixels = random.integers(0, 255, shape).astype(np.uint8)
                pixels = np.full(shape, 255, np.uint8) if kind == "Amatte" else pixels
                Image.fromarray(pixels).resize((512, 512)).save(path)
            text = tmp_path / "Data" / "Alm_txt" / "MTCNN" / folder / f"{i}.txt"
            text.parent.mkdir(parents=True, exist_ok=True)
            write_landmarks(text, standard_face(4.0 * i, 512))
            if folder == "people":
                photos.append(str(tmp_path / "Data" / "Photo" / folder / f"{i}.png"))
    for kind, lines in (("trainA", photos), ("trainPairs", [str(tmp_path / "Data" / "Photo" / "clip1")])):
        file = tmp_path / "datasets" / "list" / kind / "tiny.txt"
        file.parent.mkdir(parents=True)
        file.write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def options(dataroot, *more: str) -> argparse.Namespace:
    base = ["--dataroot", "tiny", "--name", "run", "--model", "motion_pairs", "--gpu_ids", "-1", "--ngf", "8"]
    base += ["--checkpoints_dir", str(dataroot / "checkpoints"), "--display_id", "0", "--ndf", "8"]
    (dataroot / "checkpoints").mkdir(exist_ok=True)
    return TrainOptions().parse([*base, *more])


def test_items_are_reproducible_and_of_both_kinds(dataroot):
    from module2_drawing.data import create_dataset

    for probability in ("0", "1"):
        dataset = create_dataset(options(dataroot, "--pair_probability", probability))
        assert len(dataset) == 3
        one, again = dataset[1], dataset[1]
        for name, value in one.items():
            assert torch.equal(value, again[name]), name
        assert one["photo"].shape == (3, 256, 256)
        assert one["static"].shape == one["truth"].shape == (1, 256, 256)
        assert one["target"].shape == (68, 2)
        assert one["truth_region"].min() >= 0
        assert one["truth_region"].max() <= 1
        assert one["importance"].min() >= 1
    assert one["truth_region"].max() > 0.9


def test_the_truth_of_a_pair_is_the_drawing_alone_mouth_and_all(dataroot):
    from module2_drawing.data import create_dataset

    plain = ("--pair_probability", "1", "--load_size", "256", "--no_flip")
    dataset = create_dataset(options(dataroot, *plain))
    drawings = [dataset._photo(path, np.random.default_rng(0))[0]["static"] for path in dataset.clips[0]]
    for dataset.epoch in range(1, 4):
        truth = dataset[0]["truth"]
        assert any(torch.equal(truth, drawing) for drawing in drawings)


def test_clips_are_needed(dataroot):
    from module2_drawing.data import create_dataset

    (dataroot / "datasets" / "list" / "trainPairs" / "tiny.txt").unlink()
    with pytest.raises(InputError, match="no talking clips"):
        create_dataset(options(dataroot))


def test_the_generator_learns_a_batch(dataroot):
    from module2_drawing.data import create_dataset
    from module2_drawing.training import create_model
    from module2_drawing.training.base_model import updates_of

    torch.manual_seed(0)
    chosen = options(dataroot, "--lr", "0.005", "--ngf", "4", "--ndf", "4")
    chosen.device = torch.device("cpu")
    dataset, model = create_dataset(chosen), create_model(chosen)
    batch = torch.utils.data.default_collate([dataset[0]])
    update = updates_of(model, chosen)
    found = [update(batch) for _ in range(8)]
    history = [losses["warp_B"] for losses in found]
    assert set(found[0]) == {"warp_B", "pyramid_B", "G_A", "D_A"}
    assert history[-1] < 0.95 * history[0]
