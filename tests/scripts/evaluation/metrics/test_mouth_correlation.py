import numpy as np

from scripts.evaluation.metrics.lips import best_lag, lag


def track(count: int = 80) -> np.ndarray:
    return np.convolve(np.random.default_rng(3).normal(size=count + 4), np.ones(5), "valid")


def test_correlation_is_that_of_numpy() -> None:
    a, b = track(), track()[::-1] + 0.5 * track()
    assert np.isclose(best_lag(a, b, 25, 0)[1], np.corrcoef(a, b)[0, 1])
    late = np.concatenate([np.ones(2), a[:-2]])
    assert np.allclose(best_lag(late, a, 25, 0.08), (0.08, 1))


def test_a_still_mouth_correlates_with_nothing() -> None:
    assert best_lag(np.ones(50), track(50), 25, 0.08)[1] == 0


def test_unknown_openings_and_too_short_ones_are_undefined() -> None:
    assert np.isnan(best_lag(np.full(50, np.nan), track(50), 25, 0.08)).all()
    assert np.isnan(best_lag(track(5), track(5), 25, 0.08)).all()


def test_a_late_mouth_has_a_positive_lag() -> None:
    real = track(100)
    made = np.concatenate([np.zeros(5), real[:-5]])
    assert abs(lag(made, real, 25.0) - 0.2) < 0.011
    assert abs(lag(real, made, 25.0) + 0.2) < 0.011


def test_a_mouth_that_has_nothing_to_do_with_the_sound_has_no_lag() -> None:
    assert np.isnan(lag(np.ones(100), track(100), 25.0))
