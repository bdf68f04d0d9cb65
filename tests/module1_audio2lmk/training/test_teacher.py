import numpy as np

from module1_audio2lmk.training.pseudo_labels import fit_labeller, in_context


def test_a_frame_sees_its_neighbours():
    features = np.arange(20, dtype=float)[:, None]
    np.testing.assert_array_equal(in_context(features)[10], [4, 7, 10, 13, 16])
    np.testing.assert_array_equal(in_context(features)[0], [0, 0, 0, 3, 6])


def test_the_labeller_learns_a_linear_map():
    random = np.random.default_rng(0)
    features = [random.normal(size=(300, 3)).astype(np.float32) for _ in range(3)]
    shapes = [
        np.stack([2 * part[:, 0] + 1, np.roll(part[:, 1], 3), 0 * part[:, 2]], axis=1) for part in features
    ]
    labeller = fit_labeller(features[:2], shapes[:2], ridge=1e-4)
    told = labeller(features[2])[6:-6]
    assert np.abs(told - shapes[2][6:-6]).mean() < 0.02
    strict = fit_labeller(features[:2], shapes[:2], ridge=100.0)
    assert strict(features[2]).std(axis=0).max() < 0.1 * told.std(axis=0).max()
