"""Changed windows show the landmarks where they say."""

import numpy as np
import pytest
import torch

from module2_drawing.data.augmentation import Amounts, bent_windows, degraded
from module2_drawing.losses.windows import cut_windows


@pytest.fixture
def dots():
    """Two white frames of 128 px with a dark blot at each of 68 landmarks."""
    x, y = np.meshgrid(np.linspace(40, 90, 9), np.linspace(40, 90, 8))
    marks = torch.tensor(np.stack((x, y), -1).reshape(-1, 2)[:68], dtype=torch.float32)
    grid = torch.stack(torch.meshgrid(torch.arange(128.0), torch.arange(128.0), indexing="xy"), -1)
    near = (grid[:, :, None] - marks).square().sum(-1).amin(-1)
    image = 1 - 2 * torch.exp(-near / 6)
    windows = torch.tensor([[20, 110, 22, 108], [24, 108, 20, 110]])
    return image.expand(2, 1, -1, -1), marks.expand(2, -1, -1), windows


def test_unchanged_windows_are_the_plain_ones(dots):
    image, marks, windows = dots
    nothing = Amounts(0, 0, 0)
    faces, found = bent_windows(image, marks, windows, 112, np.random.default_rng(0), nothing)
    plain = cut_windows(image, windows, (112, 112), "bicubic", align_corners=False)
    torch.testing.assert_close(faces, plain, atol=1e-3, rtol=0)
    start = windows[:, None, 0::2]
    torch.testing.assert_close(found, (marks - start) / (windows[:, None, 1::2] - start))


@pytest.mark.parametrize("seed", range(4))
def test_landmarks_follow(dots, seed):
    amounts = Amounts(0.05, 20, 0.02)
    faces, found = bent_windows(*dots, 112, np.random.default_rng(seed), amounts)
    inside = ((found > 0.03) & (found < 0.97)).all(-1)
    assert inside.float().mean() > 0.8
    lightness = torch.nn.functional.grid_sample(faces, 2 * found[:, None] - 1, align_corners=False)[:, 0, 0]
    assert float(lightness[inside].max()) < -0.6
    unmoved = bent_windows(*dots, 112, np.random.default_rng(seed), Amounts(0, 0, 0))[1]
    assert float((found - unmoved).abs().max()) > 0.02


def test_faded_drawings_keep_paper_white():
    drawing = torch.where(torch.rand(4, 1, 32, 32) > 0.5, 1.0, -1.0)
    faces = degraded(drawing, np.random.default_rng(1))
    assert faces.shape == drawing.shape and float(faces.min()) >= -1 and float(faces.max()) <= 1
    assert torch.equal(degraded(torch.ones(1, 1, 8, 8), np.random.default_rng(0)), torch.ones(1, 1, 8, 8))
