import numpy as np
import pytest

from scripts.evaluation.metrics.steadiness import identical_part, still_flicker, unchanged_part


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


def test_the_part_of_the_background_that_stays_exactly_the_same() -> None:
    frames = np.full((3, 4, 4, 3), 200, np.uint8)
    frames[1, 0, 0] = 201  # there and gone again: two of the pairs' 2 × 16 pixels
    background = np.ones((3, 4, 4), bool)
    assert identical_part(frames, background) == pytest.approx(100 * 30 / 32)
    background[1, 0, 0] = False  # the person, widened, is there in the middle frame
    assert identical_part(frames, background) == 100
    frames[2, 3, 3, 2] = 0  # one colour alone
    assert identical_part(frames, background) == pytest.approx(100 * 29 / 30)
    assert np.isnan(identical_part(frames, np.zeros((3, 4, 4), bool)))
