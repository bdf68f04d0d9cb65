import numpy as np

from scripts.evaluation.metrics.av_offset import best_lag
from scripts.evaluation.metrics.mouth_correlation import shifted_correlation


def track(count: int = 80) -> np.ndarray:
    return np.convolve(np.random.default_rng(3).normal(size=count + 4), np.ones(5), "valid")


def test_correlation_is_that_of_numpy() -> None:
    a, b = track(), track()[::-1] + 0.5 * track()
    assert np.isclose(shifted_correlation(a, b, 0), np.corrcoef(a, b)[0, 1])
    assert np.isclose(shifted_correlation(a, b, 3), np.corrcoef(a[3:], b[:-3])[0, 1])
    assert np.isclose(shifted_correlation(a, b, -2), np.corrcoef(a[:-2], b[2:])[0, 1])


def test_a_still_mouth_correlates_with_nothing() -> None:
    assert shifted_correlation(np.ones(50), track(50), 0) == 0


def test_unknown_openings_and_too_short_ones_are_undefined() -> None:
    assert np.isnan(shifted_correlation(np.full(50, np.nan), track(50), 0))
    assert np.isnan(shifted_correlation(track(2), track(2), 0))


def test_a_late_mouth_has_a_positive_lag() -> None:
    real = track(100)
    made = np.concatenate([np.zeros(5), real[:-5]])
    assert abs(best_lag(made, real, 25.0) - 0.2) < 0.011
    assert abs(best_lag(real, made, 25.0) + 0.2) < 0.011


def test_a_mouth_that_has_nothing_to_do_with_the_sound_has_no_lag() -> None:
    assert np.isnan(best_lag(np.ones(100), track(100), 25.0))
