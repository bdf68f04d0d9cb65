import numpy as np
import pytest
from scipy.linalg import sqrtm

from module1_audio2lmk.foundation.errors import InputError
from scripts.evaluation.frechet import frechet_distance


def by_scipy(first: np.ndarray, second: np.ndarray) -> float:
    difference = first.mean(0) - second.mean(0)
    a, b = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    return float(difference @ difference + np.trace(a + b - 2 * sqrtm(a @ b).real))


@pytest.mark.parametrize("counts", [(200, 150), (200, 8), (9, 7)])
def test_the_distance_is_that_of_the_matrix_square_root(counts: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    mix = random.normal(size=(10, 10))
    first, second = random.normal(size=(counts[0], 10)) @ mix, random.normal(0.5, 2, (counts[1], 10))
    # The square root of a singular product is known to scipy to about 1e-6 of its size alone.
    assert np.isclose(frechet_distance(first, second), by_scipy(first, second), rtol=1e-4)


def test_by_hand() -> None:
    first, second = np.array([[0.0], [2.0]]), np.array([[10.0], [18.0]])
    # Means 1 and 14, variances 2 and 32: 13² + (√2 − √32)².
    assert np.isclose(frechet_distance(first, second), 169 + (2**0.5 - 32**0.5) ** 2)


def test_a_set_has_no_distance_from_itself() -> None:
    features = np.random.default_rng(1).normal(size=(30, 50)).astype(np.float32)
    assert abs(frechet_distance(features, features[::-1])) < 1e-4


def test_one_frame_is_no_set() -> None:
    with pytest.raises(InputError, match="at least 2"):
        frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))
