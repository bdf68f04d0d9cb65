"""An error of lines that neither erasing nor drawing everywhere lowers."""

import numpy as np
import pytest

from scripts.evaluation.commands.pairs import FARTHEST, contour_error


def line(at: int) -> np.ndarray:
    drawing = np.full((32, 32), 255, np.uint8)
    drawing[at, 4:28] = 0
    return drawing


def test_the_nearer_line_is_the_better_and_paper_the_worst() -> None:
    region, true = np.ones((32, 32), bool), line(16)
    paper, black = np.full_like(true, 255), np.zeros_like(true)
    assert contour_error(true, true, region) == 0
    assert contour_error(line(17), true, region) == pytest.approx(1)
    assert contour_error(line(18), true, region) < contour_error(black, true, region)
    assert contour_error(paper, true, region) == FARTHEST
    assert np.abs(line(17).astype(int) - true).mean() > np.abs(paper.astype(int) - true).mean()
