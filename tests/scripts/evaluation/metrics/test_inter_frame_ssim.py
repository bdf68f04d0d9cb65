import numpy as np
from skimage.metrics import structural_similarity

from scripts.evaluation.metrics.inter_frame_ssim import ssim


def test_ssim_is_that_of_scikit_image() -> None:
    random = np.random.default_rng(0)
    for _ in range(3):
        first = random.integers(0, 256, (64, 80), np.uint8)
        second = np.clip(first + random.normal(0, 40, first.shape), 0, 255).astype(np.uint8)
        expected = structural_similarity(
            first, second, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
        )
        assert abs(ssim(first, second) - expected) < 1e-6


def test_equal_pictures_have_one_and_opposite_ones_less_than_nothing() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (40, 40), np.uint8)
    assert abs(ssim(picture, picture) - 1) < 1e-12
    assert ssim(picture, 255 - picture) < 0
