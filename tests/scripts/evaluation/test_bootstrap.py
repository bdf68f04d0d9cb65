import numpy as np

from scripts.evaluation import bootstrap


def test_draws_are_the_same_for_the_same_seed() -> None:
    drawn = bootstrap.draws(8, 100, 3)
    assert drawn.shape == (100, 8) and drawn.min() == 0 and drawn.max() == 7
    assert np.array_equal(drawn, bootstrap.draws(8, 100, 3))
    assert not np.array_equal(drawn, bootstrap.draws(8, 100, 4))


def test_the_interval_of_a_mean_is_about_two_standard_errors() -> None:
    values = np.random.default_rng(0).normal(5, 1, 200)
    low, high = bootstrap.interval(bootstrap.means(values, bootstrap.draws(200, 2000, 0)))
    error = values.std(ddof=1) / 200**0.5
    assert np.isclose(low, values.mean() - 1.96 * error, atol=0.02)
    assert np.isclose(high, values.mean() + 1.96 * error, atol=0.02)


def test_clips_without_a_score_are_left_out() -> None:
    assert bootstrap.mean([1.0, float("nan"), 3.0]) == 2
    assert np.isnan(bootstrap.mean([float("nan")]))
    drawn = np.array([[0, 1], [1, 1], [2, 2]])
    means = bootstrap.means([1.0, float("nan"), 3.0], drawn)
    assert means[0] == 1 and np.isnan(means[1]) and means[2] == 3
    assert bootstrap.interval(np.array([np.nan, 2.0])) == (2, 2)


def test_draws_are_centred_on_the_whole() -> None:
    assert bootstrap.centred(np.array([0.0, 1.0]), 7.0).tolist() == [6.5, 7.5]
