"""Pairs that are far apart in turn and mouth, and photos whose own mouth is hidden."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from drawing_data import make_data, standard_face

from module1_audio2lmk.foundation.media import read_image
from module2_drawing.data import create_dataset
from module2_drawing.data.pair_sampling import difference, far_frame, without_mouth
from module2_drawing.options import TrainOptions
from module2_drawing.util.images import to_tensor


def turned(landmarks: np.ndarray, share: float) -> np.ndarray:
    """A head that turns: what is near the middle moves, the outline stays."""
    out = landmarks.copy()
    out[:, 0] += share * 20 * np.cos(np.pi * (landmarks[:, 0] - 128) / 256)
    return out


def test_far_are_turned_heads_and_other_mouths_not_moved_heads() -> None:
    face, angle = standard_face(), 0.2
    turn = 1.1 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = face @ turn.T + (30, -20)
    assert difference(face, moved) == pytest.approx(0, abs=1e-6)
    assert difference(face, moved) < difference(face, turned(face, 0.5)) < difference(face, turned(face, 1))
    assert difference(face, standard_face(6)) < difference(face, standard_face(20))
    assert far_frame(face, [moved, standard_face(20), standard_face(6)]) == 1
    assert far_frame(face, [moved, turned(face, 1)]) == 1


def test_a_mouth_is_covered_by_what_is_around_it_and_nothing_else() -> None:
    face = torch.from_numpy(standard_face(10)).float()
    image = torch.full((3, 256, 256), 0.5)
    x, y = face[48:68].mean(0).round().int().tolist()
    image[:, y - 3 : y + 4, x - 20 : x + 21] = -1
    hidden = without_mouth(image, face)
    assert torch.allclose(hidden, torch.full_like(image, 0.5), atol=0.02)
    assert torch.equal(hidden[:, : y - 40], image[:, : y - 40]) and image[0, y, x] == -1
    far = face + 1000
    assert torch.equal(without_mouth(image, far), image)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    make_data(tmp_path, pairs=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dataset_of(model: str, *more: str):
    base = ["--dataroot", "small", "--output_nc", "1", "--gpu_ids", "-1", "--model", model]
    return create_dataset(TrainOptions().parse([*base, *more]))


def test_true_pairs_may_hide_the_mouth_of_their_photo(folder) -> None:
    shown, hidden = (
        dataset_of("motion_pairs", "--pair_probability", "1", "--hidden_mouths", share)[1] for share in "01"
    )
    lips = shown["landmarks"][51].round().long()
    x, y = lips.tolist()
    near = slice(y - 2, y + 3), slice(x - 2, x + 3)
    assert shown["static"][0][near].min() < 0 < hidden["static"][0][near].min()
    assert torch.equal(shown["truth"], hidden["truth"]) and torch.equal(shown["target"], hidden["target"])


def test_hard_negatives_are_of_one_clip(folder) -> None:
    plain = ("--no_flip", "--load_size", "256", "--pair_probability", "0")
    easy, hard = (dataset_of("portrait", "--hard_negatives", share, *plain) for share in "01")
    clips = [[to_tensor(read_image(frame)[..., :1])[0] for frame in clip] for clip in hard.clips]

    def clip_of(frame: torch.Tensor) -> int:
        small = F.avg_pool2d(frame[None], 2)[0]
        return min(range(len(clips)), key=lambda i: min(float((small - f).abs().mean()) for f in clips[i]))

    def clips_of(dataset) -> list[tuple[int, ...]]:
        found = []
        for dataset.epoch in range(1, 5):
            found += [tuple(clip_of(dataset[i][f"other{k}"]) for k in (1, 2)) for i in range(4)]
        return found

    assert {len(set(pair)) for pair in clips_of(hard)} == {1}
    assert {len(set(pair)) for pair in clips_of(easy)} == {1, 2}
