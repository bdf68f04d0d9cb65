import numpy as np

from scripts.evaluation.metrics.lips import lip_distance


def faces(count: int = 2) -> np.ndarray:
    return np.random.default_rng(0).uniform(50, 200, (count, 68, 2))


def test_lips_that_lie_elsewhere_are_moved_together_first() -> None:
    real = faces()
    assert lip_distance(real + np.array([7.0, -3.0]), real) < 1e-12


def test_points_other_than_lips_do_not_count() -> None:
    real, made = faces(), faces()
    made[:, :48] += 100
    assert lip_distance(made, real) == 0


def test_by_hand() -> None:
    real, made = np.zeros((1, 68, 2)), np.zeros((1, 68, 2))
    # One of 20 points is 20 px off; the mean point moves by 1: that one is 19 off, the others are 1 off.
    made[0, 62, 1] = 20
    assert np.isclose(lip_distance(made, real), (19 + 19 * 1) / 20)
