import cv2
import numpy as np

from scripts.evaluation.sample import neighbours_ssim, ssim


def by_hand(first: np.ndarray, second: np.ndarray) -> float:
    """Wang et al. 2004, eq. 13: Gaussian windows of 11² px, σ 1.5, those that lie inside."""

    def blur(image: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(image, (11, 11), 1.5)

    a, b = first.astype(np.float64), second.astype(np.float64)
    mean_a, mean_b = blur(a), blur(b)
    variances = blur(a * a) - mean_a**2 + blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return (above / ((mean_a**2 + mean_b**2 + c1) * (variances + c2)))[5:-5, 5:-5].mean()


def test_ssim_is_that_of_the_paper() -> None:
    random = np.random.default_rng(0)
    for _ in range(3):
        first = random.integers(0, 256, (64, 80), np.uint8)
        second = np.clip(first + random.normal(0, 40, first.shape), 0, 255).astype(np.uint8)
        assert abs(ssim(first, second) - by_hand(first, second)) < 1e-6
    assert neighbours_ssim(np.stack([first, second])).tolist() == [ssim(first, second)]


def test_equal_pictures_have_one_and_opposite_ones_less_than_nothing() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (40, 40), np.uint8)
    assert abs(ssim(picture, picture) - 1) < 1e-12
    assert ssim(picture, 255 - picture) < 0
