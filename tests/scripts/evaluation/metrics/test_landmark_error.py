import numpy as np

from scripts.evaluation.metrics.landmark_error import mean_distance


def test_by_hand() -> None:
    first = np.zeros((2, 2, 2))
    second = np.array([[[3.0, 4.0], [0, 0]], [[0, 0], [6, 8]]])
    assert mean_distance(first, second) == (5 + 10) / 4
