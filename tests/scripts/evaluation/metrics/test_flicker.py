import numpy as np

from scripts.evaluation.metrics.background_stillness import unchanged_part
from scripts.evaluation.metrics.flicker import still_flicker


def test_a_line_in_one_frame_alone_counts_in_full() -> None:
    grey = np.full((3, 4, 5), 200, np.uint8)
    grey[1, 2] = 100
    still = np.ones((2, 4, 5), bool)
    assert still_flicker(grey, still) == 100 * 5 / 20


def test_a_drift_is_no_flicker() -> None:
    grey = np.stack([np.full((4, 4), 10 * i, np.uint8) for i in range(5)])
    assert still_flicker(grey, np.ones((4, 4, 4), bool)) == 0


def test_only_pixels_still_in_both_steps_count() -> None:
    grey = np.zeros((3, 2, 2), np.uint8)
    grey[1] = 255
    still = np.ones((2, 2, 2), bool)
    still[1, 0, 0] = False
    grey[1, 0, 1] = 0
    assert still_flicker(grey, still) == 255 * 2 / 3
    assert np.isnan(still_flicker(grey, np.zeros_like(still)))


def test_background_that_changes_by_two_levels_is_still() -> None:
    grey = np.full((3, 2, 2), 100, np.uint8)
    grey[1, 0, 0], grey[2, 0, 0] = 102, 103
    background = np.ones((3, 2, 2), bool)
    background[:, 1, 1] = False
    # 2 frames of 3 pixels each, of which one is 3 levels off.
    assert unchanged_part(grey, background) == 100 * 5 / 6
    assert np.isnan(unchanged_part(grey, np.zeros_like(background)))
