"""Supervised pairs: motion carried over to photos, the made-up inside of a mouth, the data set, the model."""

import argparse

import cv2
import numpy as np
import pytest
import torch
from drawing_data import standard_face
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.geometry import mouth_opening
from module1_audio2lmk.foundation.face.retarget import retarget, similarity
from module2_drawing.data.layout import write_landmarks
from module2_drawing.data.motion import nod
from module2_drawing.data.motion_pairs_dataset import moving_region
from module2_drawing.networks.overpaint import Layers
from module2_drawing.options import TrainOptions
from module2_drawing.rendering.mouth import (
    INK,
    inner_mouth,
    inside_share,
    line_strength,
    lips_continued,
    met,
    mouth_overlay,
)
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
        moved = nod(standard_face(), random)
        matrix, shift = similarity(standard_face(), moved)
        np.testing.assert_allclose(standard_face() @ matrix.T + shift, moved, atol=1e-6)
        assert 0.93 < np.sqrt(np.linalg.det(matrix)) < 1.07
        assert np.abs(moved - standard_face()).max() < 45


@pytest.mark.parametrize("channels", [1, 3])
def test_the_inside_of_a_mouth(channels):
    """A dark band below the upper lip; ink leaves paper below it, colours have teeth in it."""
    points = standard_face(14)
    drawing, opacity = inner_mouth(points, 256, channels)
    assert drawing.shape == (channels, 256, 256)
    assert opacity.shape == (1, 256, 256)
    x, top, bottom = (round(float(v)) for v in (points[62, 0], points[62, 1], points[66, 1]))
    column = drawing[0, top : bottom + 1, x]
    third = len(column) // 3
    assert opacity[0, (top + bottom) // 2, x] == 1
    ink = np.float32(max(INK[channels]))
    assert column.min() <= ink
    assert column[: third + 2].max() > 0.8 if channels == 3 else column[-third // 2 :].min() > 0.8
    assert opacity[0, : int(points[33, 1])].max() == 0


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


def test_lips_that_shut_over_teeth_get_a_line():
    points = standard_face(0.1)
    shut, line = mouth_overlay(0.2, points, 256, 1)
    x, y = points[[62, 66]].mean(0).round().astype(int)
    assert line[0, y, x] > 0.7 and line[0, y - 6, x] == line[0, y + 6, x] == 0 and shut.max() == -1
    _, none = mouth_overlay(0.0, points, 256, 1)
    assert none.max() == 0
    _, opened = mouth_overlay(0.0, standard_face(14), 256, 1)
    assert opened[0, y, x] == 1
    assert line_strength(0.2, 0.2) == line_strength(0.0, 0.0) == 0 and line_strength(0.2, 0.0) == 1


@pytest.mark.parametrize("opening", [0.045, 0.035, 0.025])
def test_lips_that_shut_over_teeth_are_ink_or_paper(opening):
    """The mouth of the photo gives way from its corners on: one that faded would be grey for some frames."""
    points = 3 * standard_face(24)
    drawing, ring = np.full((768, 768), 255, np.uint8), points[60:68].round().astype(np.int32)
    cv2.fillPoly(drawing, [ring], 0)
    width = np.ptp(points[[48, 54], 0]) / 3
    shut, target = lips_continued(drawing, points), 3 * standard_face(opening * width)
    mouth = met(drawing, shut, points, share := line_strength(0.3, float(mouth_opening(target))))
    assert 0 < share < 1
    assert ((mouth > 30) & (mouth < 225)).sum() < 0.15 * (drawing == 0).sum()
    _, line = mouth_overlay(0.3, target, 768, 1)
    assert ((line > 0.2) & (line < 0.8)).sum() < 0.5 * (line >= 0.8).sum()
    places = np.nonzero((line[0] > 0.8).any(0))[0]
    assert np.isclose(places[[0, -1]], target[[60, 64], 0], atol=12).all()


def test_ink_and_paper_of_a_mouth_that_opens_are_no_grey():
    """Over a dark mouth of a photo, paper that fades in would be grey."""
    for share in (0.3, 0.6, 0.9):
        _, opacity = inner_mouth(3 * standard_face(14), 768, 1, share)
        between = ((opacity > 0.2) & (opacity < 0.95)).sum()
        assert between < 0.25 * (opacity >= 0.95).sum()


def test_the_inside_grows_with_the_opening():
    assert inside_share(0.0, 0.03) == 0
    assert inside_share(0.0, 0.1) == 1
    assert inside_share(0.2, 0.2) == 0
    assert 0 < inside_share(0.2, 0.24) < 1


@pytest.mark.parametrize("teeth", [0.0, 0.2])
def test_ink_grows_from_the_upper_lip_and_is_not_grey(teeth):
    """A mouth that opens a little shows little ink, not a light wash of it."""
    width = np.linalg.norm(np.subtract(*standard_face()[[48, 54]]))
    heights = []
    for opening in (teeth + 0.05, teeth + 0.07, teeth + 0.12):
        points = standard_face(opening * width)
        x, top = (round(float(v)) for v in points[62])
        drawing, opacity = mouth_overlay(teeth, points, 256, 1)
        ink = opacity[0, :, x] * (1 - drawing[0, :, x]) / 2
        assert ink[top : top + 2].max() > 0.7
        heights.append(float(ink.sum()))
    assert heights[0] < heights[1] < heights[2]


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
